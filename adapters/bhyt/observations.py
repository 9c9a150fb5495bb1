"""An XML4 row to an Observation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.bhyt.code_systems import (
    ABSENT,
    STATUS_INFERRED,
    extension,
    indicator_coding,
    local,
    performing_facility,
    service_coding,
)
from adapters.bhyt.episode import Episode, refer, traced
from adapters.bhyt.identity import awaited
from adapters.bhyt.join import Occurrence
from adapters.bhyt.table_maps import Rows
from adapters.bhyt.tables import TableRow
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.values import measured
from gateway.mapping.vocabulary import vocabulary

SOURCE_UNIT = extension("source-unit")  # valueString: DON_VI_DO of a value that is no quantity

_UNIT_PARTS = ("unit", "system", "code")


def observation(episode: Episode, occurrence: Occurrence, row: TableRow, identifier: str, rows: Rows) -> Draft:
    """One result row. Its status is the gateway's reading: XML4 has none."""
    draft = Draft("Observation", identifier)
    if awaited(row):
        draft.put("status", "registered")
    else:
        draft.put("meta.tag[0]", STATUS_INFERRED)
        draft.put("status", "final")
    place_category(draft, "bhyt-ma-nhom-observation", occurrence, [row])
    _place_code(episode, draft, occurrence, row, rows)
    _place_times(episode, draft, occurrence, row)
    _place_performers(episode, draft, row)
    _place_value(episode, draft, row)
    _place_words(episode, draft, row)
    _place_device(episode, draft, occurrence, row)
    return draft


def place_category(draft: Draft, name: str, occurrence: Occurrence, rows: list[TableRow]) -> None:
    """By MA_NHOM of the service; without it by shape: a value is a laboratory's, words alone are imaging's."""
    order = occurrence.order
    if order is not None and (target := vocabulary(name).translate(order.text("MA_NHOM"))) is not None:
        draft.place("category[0].coding[0]", Piece(target.as_fhir(), {"": order.path("MA_NHOM")}))
    elif any(row.text("GIA_TRI") for row in rows):
        _put_category(draft, name, "1")
    elif not all(awaited(row) for row in rows):
        _put_category(draft, name, "2")


def _put_category(draft: Draft, name: str, group: str) -> None:
    target = vocabulary(name).translate(group)
    if target is not None:
        draft.put("category[0].coding[0]", target.as_fhir())


def _place_code(episode: Episode, draft: Draft, occurrence: Occurrence, row: TableRow, rows: Rows) -> None:
    for found in row.repetitions("MA_CHI_SO"):
        made = indicator_coding(episode.facility, found.value, episode.layout.decision)
        draft.place("code.coding[0]", Piece(made, {"system": found.path, "code": found.path}))
        episode.ledger.use(found.path)
    place(rows, row, {"Observation": draft}, episode, episode.ledger)
    if draft.get("code") is None:
        draft.place("code", service_code(episode, occurrence, row))


def service_code(episode: Episode, occurrence: Occurrence, row: TableRow) -> Piece:
    """The service as a CodeableConcept, by its XML3 name where the join is certain; "unknown" when nothing says."""
    made: dict[str, Any] = {}
    sources: dict[str, str] = {}
    if occurrence.service:
        path = row.path("MA_DICH_VU")
        made["coding"] = [service_coding(episode.facility, occurrence.service)]
        sources |= {"coding[0].system": path, "coding[0].code": path}
    if occurrence.order is not None and (name := occurrence.order.text("TEN_DICH_VU")):
        made["text"] = name
        sources["text"] = occurrence.order.path("TEN_DICH_VU")
    elif len(occurrence.rows) == 1 and (name := row.text("TEN_CHI_SO")):
        made["text"] = name
        sources["text"] = row.path("TEN_CHI_SO")
    return Piece(made or {"coding": [ABSENT]}, sources)


def _place_times(episode: Episode, draft: Draft, occurrence: Occurrence, row: TableRow) -> None:
    place_effective(episode, draft, occurrence)
    for found in row.repetitions("NGAY_KQ"):
        place_issued(episode, draft, found.value, found.path)


def place_effective(episode: Episode, draft: Draft, occurrence: Occurrence) -> None:
    """When it was done: NGAY_TH_YL of the certain XML3 row, or nothing. Never NGAY_KQ."""
    if occurrence.order is None:
        return
    for found in occurrence.order.repetitions("NGAY_TH_YL"):
        try:
            time = episode.time(found.value)
        except CannotPlace as why:
            if not episode.ledger.used(found.path):  # said once, for the report and all its results
                episode.ledger.refuse_field(found.path, why)
        else:
            draft.put("effectiveDateTime", time.text, traced(time, found.path))
            episode.ledger.use(found.path)


def place_issued(episode: Episode, draft: Draft, text: str, path: str) -> None:
    """When the result was made available: an instant, which a date alone cannot be."""
    try:
        time = episode.time(text)
        if not time.has_time:
            raise CannotPlace("time-not-an-instant")
    except CannotPlace as why:
        if not episode.ledger.used(path):
            episode.ledger.refuse_field(path, why)
    else:
        draft.put("issued", time.text, traced(time, path))
        episode.ledger.use(path)


def _place_performers(episode: Episode, draft: Draft, row: TableRow) -> None:
    """Who answers for the result: the reader, and the facility a sent-out test was done at."""
    for found in row.repetitions("MA_BS_DOC_KQ"):
        refer(draft, f"performer[{draft.count('performer')}]", episode.practitioner(found), found.path)
        episode.ledger.use(found.path)
    for found in row.repetitions("MA_DICH_VU"):
        episode.ledger.use(found.path)
        if code := performing_facility(found.value):
            done_at = episode.organization(code, found.path)
            refer(draft, f"performer[{draft.count('performer')}]", done_at, found.path)


def _place_value(episode: Episode, draft: Draft, row: TableRow) -> None:
    value, unit = row.text("GIA_TRI"), row.text("DON_VI_DO")
    at_value, at_unit = row.path("GIA_TRI"), row.path("DON_VI_DO")
    placed_unit = False
    if value:
        meant = measured(value, unit, decimal_comma=episode.profile.decimal_comma, units=episode.profile.units)
        sources = value_sources(meant.value, at_value, at_unit)
        draft.place(f"value{meant.element}", Piece(meant.value, sources))
        placed_unit = at_unit in sources.values()
        episode.ledger.use(at_value)
        if meant.rule:
            episode.ledger.hold("value", meant.rule, at_value)
    if unit:
        if not placed_unit:
            draft.add("extension", Piece({"url": SOURCE_UNIT, "valueString": unit}, {"valueString": at_unit}))
        episode.ledger.use(at_unit)


def value_sources(value: Any, at_value: str, at_unit: str, path: str = "") -> dict[str, str]:
    """Each leaf of a value to the field it came from: the unit's parts to DON_VI_DO, the rest to GIA_TRI."""
    if isinstance(value, Mapping):
        sources: dict[str, str] = {}
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            sources |= value_sources(item, at_unit if key in _UNIT_PARTS else at_value, at_unit, inner)
        return sources
    if isinstance(value, list):
        return {
            inner: source
            for index, item in enumerate(value)
            for inner, source in value_sources(item, at_value, at_unit, f"{path}[{index}]").items()
        }
    return {path: at_value} if at_value else {}


def _place_words(episode: Episode, draft: Draft, row: TableRow) -> None:
    """MO_TA and KET_LUAN, whole: the value where there is no GIA_TRI, else beside it."""
    for name, beside in (("MO_TA", "note[0].text"), ("KET_LUAN", "interpretation[0].text")):
        for found in row.repetitions(name):
            episode.ledger.use(found.path)
            if row.text("GIA_TRI"):
                draft.put(beside, found.value, found.path)
            elif name == "MO_TA" or not row.text("MO_TA"):
                draft.put("valueString", found.value, found.path)


def _place_device(episode: Episode, draft: Draft, occurrence: Occurrence, row: TableRow) -> None:
    """MA_MAY where exactly one is named; of several nobody says which made this result."""
    for source in (row, occurrence.order):
        found = source.repetitions("MA_MAY") if source is not None else []
        if len(found) == 1 and draft.get("device") is None:
            number = {"system": local(episode.facility, "ma-may"), "value": found[0].value}
            draft.place("device.identifier", Piece(number, {"value": found[0].path}))
            episode.ledger.use(found[0].path)
        for several in found[1:] and found:
            episode.ledger.leave(several.path, "several devices are named; which one made the result is not said")
