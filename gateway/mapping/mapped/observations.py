"""An Observation for each result of a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.datatypes import Manner, coding, local
from gateway.mapping.mapped.file import ColumnTest
from gateway.mapping.mapped.parts import RESULT, complete
from gateway.mapping.mapped.record import Fields
from gateway.mapping.mapped.results import SOURCE_UNIT, UNIT_PARTS, read_end, read_range, read_value
from gateway.mapping.placing import place
from gateway.mapping.rows import Row

# A test that has a name and no code is known by its name, in a system of the facility's own.
TEST_NAMES = "test-name"


class Results:
    """The results of one record. ``key``: what their ids are made from; ``ties``: what each refers to.

    ``inferred``: one had no status of its own.
    """

    def __init__(
        self,
        mapping: Compiled,
        manner: Manner,
        ledger: Ledger,
        key: tuple[str, ...],
        ties: Sequence[tuple[str, Any]],
    ) -> None:
        self._mapping = mapping
        self._manner = manner
        self._ledger = ledger
        self._key = key
        self._ties = ties
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._fixed = [row for row in mapping.fixed if row.draft == RESULT]
        self.inferred = False

    def of(self, item: Fields) -> Iterator[Draft]:
        """One of a long table's row or an array's element; of a wide table's row one for each test that has a value."""
        mapping = self._mapping
        if mapping.file.tests:
            for test in mapping.file.tests:
                if item.values.get(test.column):
                    yield self._tested(item, test)
        elif any(item.values.get(field) for field in mapping.item_fields):
            draft = self._begun(item)
            unit, at_unit = self._said("unit", item)
            value, at_value = self._said("value", item)
            self._place_value(draft, value, at_value, unit, at_unit)
            self._place_range(draft, item, unit)
            text = tuple(item.text(field) for field in mapping.key)
            self._name(draft, item)
            yield self._ended(draft, text, item)

    def _tested(self, item: Fields, test: ColumnTest) -> Draft:
        draft = self._begun(item)
        at = item.path(test.column)
        made = coding(local(self._manner.facility, test.system), test.code)
        draft.put("code", {"coding": [made], **({"text": test.name} if test.name else {})}, at)
        self._place_value(draft, item.text(test.column), at, test.unit, "")
        if test.range:
            self._put_range(draft, test.range, test.unit, at)
        return self._ended(draft, (test.column,), item)

    def _begun(self, item: Fields) -> Draft:
        draft = Draft(RESULT, "")
        place(self._mapping.items, item, {RESULT: draft}, self._manner, self._ledger)
        for row in self._fixed:
            if row.when is None or row.when.holds(item.text(row.when.field)):
                if row.appends:
                    draft.add(row.path, row.assignment)
                elif draft.get(row.path) is None:
                    draft.put(row.path, row.assignment)
        return draft

    def _ended(self, draft: Draft, key: tuple[str, ...], item: Fields) -> Draft:
        made = draft.resource
        if not any(name.startswith("value") for name in made):
            made.setdefault("status", "registered")
        self.inferred = self.inferred or "status" not in made
        complete(RESULT, draft)
        for element, value in self._ties:
            made[element] = [*made.get(element, ()), *value] if isinstance(value, list) else value
        self._seen[key] += 1
        if (again := self._seen[key]) > 1:
            key = (*key, str(again))
            self._ledger.remark("warning", "duplicate", "mapped-results-alike", item.path(self._mapping.key[0]))
        made["id"] = deterministic_id(self._manner.facility, RESULT, *self._key, *key)
        return draft

    def _name(self, draft: Draft, item: Fields) -> None:
        """A result whose test is only named has that name for its code; one without a name is nobody's."""
        code = draft.resource.get("code")
        if not code:
            at = item.path(next(iter(self._mapping.key), RESULT))
            self._ledger.hold("required", "mapped-result-unnamed", at)
        elif "coding" not in code and "text" in code:
            path = draft.lineage.get("code.text", "")
            named = coding(local(self._manner.facility, TEST_NAMES), code["text"])
            draft.put("code.coding", [named])
            draft.lineage["code.coding[0].code"] = path

    def _said(self, kind: str, item: Fields) -> tuple[str, str]:
        """The first field of that kind that says something; a second one that says something else is refused."""
        first = at = ""
        for row in self._mapping.results[kind]:
            text = item.values.get(row.field)
            if not text or not _holds(row, item):
                continue
            path = item.path(row.field)
            if first and text != first:
                self._ledger.refuse_field(path, CannotPlace("element-taken", clinical=True, element=row.attribute))
            else:
                self._ledger.use(path)
                first, at = first or text, at or path
        return first, at

    def _place_value(self, draft: Draft, text: str, at: str, unit: str, at_unit: str) -> None:
        manner, made, lineage = self._manner, draft.resource, draft.lineage
        unit_placed = not unit
        if text:
            meant, inside = read_value(text, unit, manner.decimal_comma, manner.units)
            element = f"value{meant.element}"
            if isinstance(meant.value, dict):
                made[element] = dict(meant.value)
                unit_placed = unit_placed or meant.element in ("Quantity", "Range")
                _trace(element, meant.value, at, at if inside else at_unit, lineage)
            else:
                made[element] = meant.value
                lineage[element] = at
            if meant.rule:
                self._ledger.hold("value", meant.rule, at)
        if not unit_placed:
            made.setdefault("extension", []).append({"url": SOURCE_UNIT, "valueString": unit})
            if at_unit:
                lineage[f"extension[{len(made['extension']) - 1}].valueString"] = at_unit

    def _place_range(self, draft: Draft, item: Fields, unit: str) -> None:
        text, at = self._said("range", item)
        if text:
            self._put_range(draft, text, unit, at)
        for end in ("low", "high"):
            text, at = self._said(end, item)
            if not text:
                continue
            try:
                made = read_end(text, unit, self._manner.decimal_comma, self._manner.units)
                if draft.get(f"referenceRange[0].{end}") not in (None, made):
                    raise CannotPlace("element-taken", code="duplicate", element=f"Observation.referenceRange.{end}")
            except CannotPlace as why:
                why.clinical = True
                self._ledger.refuse_field(at, why)
            else:
                draft.put(f"referenceRange[0].{end}", made, at)

    def _put_range(self, draft: Draft, text: str, unit: str, at: str) -> None:
        made, rule = read_range(text, unit, self._manner.decimal_comma, self._manner.units)
        draft.resource["referenceRange"] = [dict(made)]
        draft.lineage["referenceRange[0].text"] = at
        for end in ("low", "high"):
            if end in made:
                draft.lineage[f"referenceRange[0].{end}.value"] = at
        if rule:
            self._ledger.remark("warning", "value", rule, at)


def _holds(row: Row, item: Fields) -> bool:
    return row.when is None or row.when.holds(item.text(row.when.field))


def _trace(element: str, value: dict[str, Any], at: str, at_unit: str, lineage: dict[str, str]) -> None:
    for name, part in value.items():
        path = f"{element}.{name}"
        if name in UNIT_PARTS:
            if at_unit:
                lineage[path] = at_unit
        elif isinstance(part, dict):
            _trace(path, part, at, at_unit, lineage)
        elif isinstance(part, list):
            lineage[f"{path}[0].valueString"] = at  # the source's text beside a number it cannot carry
        else:
            lineage[path] = at
