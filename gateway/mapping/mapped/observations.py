"""An Observation for each result of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from gateway.bundle import Resource, ids_below, urn
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace, Ledger
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.datatypes import Manner, coding, local
from gateway.mapping.mapped.elements import Element, elements, tell
from gateway.mapping.mapped.file import ColumnTest
from gateway.mapping.mapped.parts import RESULT, STATUS_INFERRED, UNKNOWN
from gateway.mapping.mapped.record import Fields
from gateway.mapping.mapped.results import SOURCE_UNIT, UNKNOWN_BEHIND, read_end, read_range, read_value
from gateway.mapping.misread import hold_misread

# A test that has a name and no code is known by its name, in a system of the facility's own.
TEST_NAMES = "test-name"


@lru_cache(maxsize=64)
def _elements(mapping: Compiled, manner: Manner) -> tuple[Element, ...]:
    """What is remembered of a mapping's elements belongs to one manner of reading."""
    made = elements(mapping)
    for element in made:
        if element.name == "code":
            element.finish = _name
    return made


def _name(draft: Draft, manner: Manner) -> None:
    code = draft.resource.get("code", {})
    if "coding" not in code and "text" in code:
        draft.put("code.coding", [coding(local(manner.facility, TEST_NAMES), code["text"])])
        draft.lineage["code.coding[0].code"] = draft.lineage.get("code.text", "")


def _itself(place: str) -> str:
    """Of what is not remembered, which says its places itself."""
    return place


class Results:
    """The results of one record, in their order, with their lineage.

    ``key``: what their ids are made from; ``ties``: what each refers to; ``lineage``: the record's, to be added to.
    ``inferred``: one had no status of its own.
    """

    def __init__(
        self,
        mapping: Compiled,
        manner: Manner,
        ledger: Ledger,
        key: tuple[str, ...],
        ties: Mapping[str, Any],
        lineage: dict[str, str],
    ) -> None:
        self._mapping = mapping
        self._manner = manner
        self._ledger = ledger
        self._id = ids_below(manner.facility, RESULT, *key)
        self._ties = ties
        self._lineage = lineage
        self._elements = _elements(mapping, manner)
        self._seen: dict[tuple[str, ...], int] = {}
        self._at = ""
        self.resources: list[Resource] = []
        self.inferred = False

    def add(self, item: Fields) -> None:
        """One of a long table's row or an array's element; of a wide table's row one for each test that has a value."""
        mapping, values = self._mapping, item.values
        if mapping.file.tests:
            for test in mapping.file.tests:
                if values.get(test.column):
                    self._tested(item, test)
            return
        if not any(map(values.get, mapping.item_fields)):
            return
        made = self._begun(item)
        if "code" not in made:
            self._ledger.hold("required", "mapped-result-unnamed", item.path(next(iter(mapping.key), RESULT)))
        unit, at_unit, _ = self._said("unit", item)
        value, at_value, comma = self._said("value", item)
        self._place_value(made, value, at_value, comma, unit, at_unit)
        self._place_range(made, item, unit)
        self._end(made, tuple([values.get(name, "") for name in mapping.key]), item, said=bool(value))

    def _tested(self, item: Fields, test: ColumnTest) -> None:
        made, at = self._begun(item), item.path(test.column)
        made["code"] = {"coding": [coding(local(self._manner.facility, test.system), test.code)]}
        self._lineage[f"{self._at}code.coding[0].code"] = at
        if test.name:
            made["code"]["text"] = test.name
        self._place_value(made, item.text(test.column), at, self._comma(test.column, item), test.unit, "")
        if test.range:
            self._put_range(made, test.range, self._manner.decimal_comma, test.unit, at)
        self._end(made, (test.column,), item, said=True)

    def _begun(self, item: Fields) -> Resource:
        made: Resource = {"resourceType": RESULT, "id": ""}
        at = self._at = f"{RESULT}[{len(self.resources)}]."
        lineage, manner, conditional = self._lineage, self._manner, self._mapping.conditional
        several, beneath = item.several, item.beneath
        place: Callable[[str], str]
        for element in self._elements:
            if several and not several.isdisjoint(element.fields):
                said, place = element.made(item, manner), _itself
            else:
                said, place = element.said(item, manner), item.path
            if said.value is not None:
                made[element.name] = said.value
                if beneath is None or place is _itself:
                    for path, source in said.leaves:
                        lineage[at + path] = place(source)
                else:  # as item.path, for which every leaf of every result would wait
                    for path, source in said.leaves:
                        lineage[at + path] = beneath + source
            if said.account is not None:
                tell(said.account, place, self._ledger)
            if conditional:
                self._ledger.use(*map(place, said.used))
        return made

    def _end(self, made: Resource, key: tuple[str, ...], item: Fields, *, said: bool) -> None:
        if "status" not in made:
            if not said:
                made["status"] = "registered"
            else:
                made["status"] = "final"
                meta = made.get("meta")
                tags = [*meta.get("tag", ()), STATUS_INFERRED] if meta else [STATUS_INFERRED]
                made["meta"] = {**meta, "tag": tags} if meta else {"tag": tags}
                self.inferred = True
        if "code" not in made:
            made["code"] = UNKNOWN
        if made.keys().isdisjoint(self._ties):
            made.update(self._ties)
        else:
            for element, value in self._ties.items():
                made[element] = [*made[element], *value] if element in made and isinstance(value, list) else value
        again = self._seen[key] = self._seen.get(key, 0) + 1
        if again > 1:
            self._ledger.remark("warning", "duplicate", "mapped-results-alike", item.path(key_field(self._mapping)))
            key = (*key, str(again))
        made["id"] = self._id(*key)
        self.resources.append(made)

    @property
    def references(self) -> list[Resource]:
        return [{"reference": urn(one["id"])} for one in self.resources]

    def _comma(self, field: str, item: Fields) -> bool:
        """Whether a comma in the field is a decimal one."""
        return self._manner.decimal_comma and field not in item.exact

    def _said(self, kind: str, item: Fields) -> tuple[str, str, bool]:
        """What the first field of that kind says that says something, where, and whether its commas are decimal.

        A second one that says something else is refused.
        """
        if alone := self._mapping.alone.get(kind):
            text = item.values.get(alone)
            if not text:
                return "", "", False
            at = item.path(alone) if item.beneath is None else item.beneath + alone
            return text, at, self._manner.decimal_comma and alone not in item.exact
        first = at = field = ""
        for row in self._mapping.results[kind]:
            text = item.values.get(row.field)
            if not text or not (row.when is None or row.when.holds(item.text(row.when.field))):
                continue
            path = item.path(row.field)
            if first and text != first:
                self._ledger.refuse_field(path, CannotPlace("element-taken", clinical=True, element=row.attribute))
                continue
            if self._mapping.conditional:
                self._ledger.use(path)
            first, at, field = first or text, at or path, field or row.field
        return first, at, self._comma(field, item)

    def _place_value(self, made: Resource, text: str, at: str, comma: bool, unit: str, at_unit: str) -> None:
        lineage, here = self._lineage, self._at
        unit_placed = not unit
        if text:
            said = read_value(text, unit, comma, self._manner.units, self._mapping.inside)
            made[said.element] = said.value
            unit_placed = said.unit_placed
            for path, of_unit in said.leaves:
                if source := at_unit if of_unit else at:
                    lineage[here + path] = source
            # What a reader holds already, it says better: an exponent, a cell's error.
            if said.rule and not (
                said.rule == UNKNOWN_BEHIND and any(one.expression == at for one in self._ledger.holds)
            ):
                self._ledger.hold("value", said.rule, at)
            if said.flag:
                self._place_flag(made, said.flag, at)
            if said.element == "valueString":
                hold_misread(text, self._manner.read_as, at, self._ledger)
        if not unit_placed:
            units = made["extension"] = [*made.get("extension", ()), {"url": SOURCE_UNIT, "valueString": unit}]
            if at_unit:
                lineage[f"{self._at}extension[{len(units) - 1}].valueString"] = at_unit

    def _place_flag(self, made: Resource, flag: str, at: str) -> None:
        """One that stood in the value; a field of its own may say the same, and no other."""
        if self._mapping.flag is None:
            return
        meant = self._mapping.flag(flag)
        known = made.get("interpretation", [])
        codes = {one.get("code") for each in known for one in each.get("coding", ())}
        if codes - {meant["code"]}:
            self._ledger.hold("conflict", "flag-said-twice", at)
        if meant["code"] not in codes:
            made["interpretation"] = [*known, {"coding": [meant], "text": flag}]
            here = f"{self._at}interpretation[{len(known)}]"
            self._lineage.update({f"{here}.coding[0].{name}": at for name in meant})
            self._lineage[f"{here}.text"] = at

    def _place_range(self, made: Resource, item: Fields, unit: str) -> None:
        text, at, comma = self._said("range", item)
        if text:
            self._put_range(made, text, comma, unit, at)
        for end in self._mapping.ends:
            text, at, comma = self._said(end, item)
            if not text:
                continue
            try:
                read = read_end(text, unit, comma, self._manner.units)
                known, *others = made.get("referenceRange", ({},))
                if known.get(end, read) != read:
                    raise CannotPlace("element-taken", code="duplicate", element=f"Observation.referenceRange.{end}")
            except CannotPlace as why:
                why.clinical = True
                self._ledger.refuse_field(at, why)
            else:
                made["referenceRange"] = [{**known, end: read}, *others]  # what a row made is shared between results
                self._lineage[f"{self._at}referenceRange[0].{end}.value"] = at

    def _put_range(self, made: Resource, text: str, comma: bool, unit: str, at: str) -> None:
        read, rule = read_range(text, unit, comma, self._manner.units)
        known = made.get("referenceRange", ())
        made["referenceRange"] = [*known, read]
        here = f"{self._at}referenceRange[{len(known)}]"
        self._lineage[f"{here}.text"] = at
        for end in ("low", "high"):
            if end in read:
                self._lineage[f"{here}.{end}.value"] = at
        if rule:
            self._ledger.remark("warning", "value", rule, at)


def key_field(mapping: Compiled) -> str:
    """A field that tells a result from others, to name its place by."""
    return next(iter(mapping.key), RESULT)
