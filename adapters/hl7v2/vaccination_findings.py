"""OBX below a vaccination that say something of it, told by their LOINC code (CDC's implementation guide 2.5.1).

Eligibility, funding, information sheets given (grouped by OBX-4), dose number and comments become elements of the
Immunization; all others stay Observations. One that is withdrawn, or of a form that does not fit, stays an
Observation too, which has room for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.groups import Result
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_ELIGIBILITY = "64994-7"
_FUNDING = "30963-3"
_COMMENT = "48767-8"
_DOSE_NUMBER = "30973-2"
_SERIES_DOSES = "59782-3"
_SHEET = {  # vaccine information statements: what each code says of a sheet
    "69764-9": "documentType",
    "30956-7": "documentType",
    "29768-9": "publicationDate",
    "29769-7": "presentationDate",
}
_STANDS = frozenset({"F", "C", ""})
_CODED = frozenset({"CE", "CWE", "CNE"})
_MOMENTS = frozenset({"DT", "TS", "DTM"})


def place_findings(results: Iterable[Result], draft: Draft, scope: Scope) -> list[Result]:
    """The results that are no elements of the Immunization, in their order."""
    standing, sheets, series = [*results], [], []
    for result in [*standing]:
        code = _loinc(result.obx)
        if code in _SHEET:
            sheets.append(result)
        elif code in (_DOSE_NUMBER, _SERIES_DOSES):
            series.append(result)
        elif not _placed(code, result, draft, scope):
            continue
        standing.remove(result)
    left = [*standing, *_sheets(sheets, draft, scope), *_series(series, draft)]
    return sorted(left, key=lambda result: result.obx.line)


def _loinc(obx: Segment) -> str:
    value = obx.first(3)
    return value.peek() if value is not None and value.peek(3).upper() in ("LN", "LOINC") else ""


def _only(result: Result) -> tuple[str, Value] | None:
    """(type, value) of a result with one value that stands, and nothing beside it that an element would lose."""
    obx = result.obx
    values, kind, status = obx.values(5), obx.first(2), obx.text(11)
    if len(values) != 1 or kind is None or status not in _STANDS or result.notes or obx.said(7) or obx.said(8):
        return None
    return None if values[0].null or values[0].cut else (kind.peek(), values[0])


def _placed(code: str, result: Result, draft: Draft, scope: Scope) -> bool:
    found = _only(result)
    if found is None:
        return False
    kind, value = found
    made = False
    if code == _ELIGIBILITY and kind in _CODED:
        made = _add(draft, "programEligibility", codeable(value, scope))
    elif code == _FUNDING and kind in _CODED and draft.get("fundingSource") is None:
        made = _set(draft, "fundingSource", codeable(value, scope))
    elif code == _COMMENT and kind in ("ST", "TX", "FT"):
        made = _add(draft, "note", Piece({"text": value.whole()}, {"text": value.path}))
    if made:
        _take(result.obx)
    return made


def _sheets(results: list[Result], draft: Draft, scope: Scope) -> list[Result]:
    """Each sheet (one OBX-4) an ``education``; R4 asks it to name its document (imm-1), else all of it is left."""
    by_sheet: dict[str, list[Result]] = {}
    for result in results:
        by_sheet.setdefault(result.obx.text(4), []).append(result)
    left = []
    for together in by_sheet.values():
        said: dict[str, tuple[Result, Piece]] = {}
        for result in together:
            says = _SHEET[_loinc(result.obx)]
            made = _said_of_sheet(says, result, scope) if says not in said else None
            if made is not None:
                said[says] = (result, made)
        if "documentType" in said:
            at = draft.add("education", {})
            for says, (result, made) in said.items():
                draft.place(f"{at}.{says}", made)
                _take(result.obx)
        taken = [result for result, _ in said.values()] if "documentType" in said else []
        left += [result for result in together if all(result is not one for one in taken)]
    return left


def _said_of_sheet(says: str, result: Result, scope: Scope) -> Piece | None:
    found = _only(result)
    if found is None:
        return None
    kind, value = found
    if says.endswith("Date"):
        try:
            return date_time(value, scope) if kind in _MOMENTS else None
        except CannotPlace:
            return None  # the Observation says what is wrong with it
    component = next((one for one in (2, 9, 1) if value.peek(one)), 0)
    if kind not in _CODED or not component:
        return None
    return Piece.of(value.take(component), value.at(component))


def _add(draft: Draft, name: str, made: Piece | None) -> bool:
    if made is not None:
        draft.add(name, made)
    return made is not None


def _set(draft: Draft, path: str, made: Piece | None) -> bool:
    if made is None or draft.get(path) is not None:
        return False
    draft.place(path, made)
    return True


def _take(obx: Segment) -> None:
    """What told the element, taken with it."""
    for number in (2, 3, 4, 11):
        for value in obx.said(number):
            for component in range(1, value.components + 1):
                value.take_all(component)


def _series(results: list[Result], draft: Draft) -> list[Result]:
    """Dose number, and how many the series has, which has no place without it."""
    said = {_loinc(result.obx): result for result in reversed(results)}
    doses = {
        code: int(found[1].peek())
        for code, result in said.items()
        if (found := _only(result)) is not None and found[0] in ("NM", "ST") and _is_count(found[1].peek())
    }
    if _DOSE_NUMBER not in doses:
        return results
    for code, name in ((_DOSE_NUMBER, "doseNumberPositiveInt"), (_SERIES_DOSES, "seriesDosesPositiveInt")):
        if code in doses:
            value = said[code].obx.said(5)[0]
            value.take()
            draft.put(f"protocolApplied[0].{name}", doses[code], value.path)
            _take(said[code].obx)
    return [result for result in results if all(result is not said[code] for code in doses)]


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 100
