"""What all papers have in common: who signed them, the stay they speak of, the Composition they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from adapters.bhyt.code_systems import LOINC, NO_VALUE, STATUS_INFERRED
from adapters.bhyt.converters import card_number, insurance_number
from adapters.bhyt.episode import Episode, close_period
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import BHXH, Resource
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import Field

_UNKNOWN = {"extension": [{"url": NO_VALUE, "valueCode": "unknown"}]}
_TEN_DIGITS = re.compile(r"[0-9]{10}\Z")


def begin_composition(told: Told, identifier: str, *, title: str, loinc: str = "") -> Draft:
    """A paper the facility has issued, about this patient in this stay; its rows add the sections."""
    draft = Draft("Composition", identifier)
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "final")
    if loinc:
        draft.put("type.coding[0]", {"system": LOINC, "code": loinc})
    draft.put("type.text", title)
    draft.put("title", title)
    told.tie(draft)
    told.episode.refer_to_facility(draft, "custodian")
    return draft


def finish_composition(told: Told, draft: Draft) -> None:
    """What R4 asks of every Composition: an author (else the facility), a date (else it is said to be unknown)."""
    if draft.get("author") is None:
        told.episode.refer_to_facility(draft, "author[0]")
    if draft.get("date") is None:
        draft.put("_date", _UNKNOWN)


def place_stays(told: Told, row: TableRow, draft: Draft) -> None:
    """NGAY_VAO and NGAY_RA, the stays the paper speaks of: several where the fields list several."""
    starts, ends = row.repetitions("NGAY_VAO"), row.repetitions("NGAY_RA")
    for index in range(max(len(starts), len(ends))):
        stay = Draft("event", "")
        for edge, times in (("start", starts), ("end", ends)):
            if index < len(times):
                _place_edge(told, stay, f"period.{edge}", times[index])
        close_period(stay, told.ledger, ends[index] if index < len(ends) else None)
        if period := stay.get("period"):
            sources = {path.removeprefix("period."): source for path, source in stay.lineage.items()}
            draft.put(f"event[{draft.count('event')}]", {})
            draft.place(f"event[{draft.count('event') - 1}].period", Piece(period, sources))


def _place_edge(told: Told, stay: Draft, path: str, found: Field) -> None:
    try:
        stay.put(path, told.episode.time(found.value).text, found.path)
    except CannotPlace as why:
        told.ledger.refuse_field(found.path, why)
    else:
        told.ledger.use(found.path)


def place_author(told: Told, row: TableRow, draft: Draft, doctor: str) -> None:
    """The doctors who wrote it; ``doctor`` is the field of their numbers."""
    for found in row.repetitions(doctor):
        draft.put(f"author[{draft.count('author')}]", told.episode.practitioner(found).reference, found.path)
        told.ledger.use(found.path)


def name_author(told: Told, row: TableRow, draft: Draft) -> None:
    """TEN_BS is the name of MA_BS; without the number it stands alone."""
    for found in row.repetitions("TEN_BS"):
        numbers = row.repetitions("MA_BS")
        person = told.episode.practitioner(numbers[0]) if numbers else None
        if person is None:
            draft.put(f"author[{draft.count('author')}]", {"display": found.value}, found.path)
        elif person.get("name") is None:
            person.put("name[0].text", found.value, found.path)
        elif person.get("name[0].text") != found.value:
            told.ledger.remark("warning", "conflict", "bhyt-doctor-two-names", found.path)
            told.ledger.leave(found.path, "another paper gives this staff number another name")
            continue
        else:
            told.ledger.leave(found.path, "another paper of the record says it already")
            continue
        told.ledger.use(found.path)


def place_card(told: Told, row: TableRow, patient: Draft) -> None:
    """MA_THE_TAM, a temporary card, is a number of the patient, where XML1 has not said it."""
    for found in row.repetitions("MA_THE_TAM"):
        _place_number(told, patient, found, card_number, [number.get("value") for number in _numbers(patient)])


def place_insurance_number(told: Told, row: TableRow, patient: Draft) -> None:
    """MA_BHXH is a number of the patient; another one than a card of XML1 holds is another person's."""
    for found in row.repetitions("MA_BHXH"):
        known = [number["value"] for number in _numbers(patient) if number.get("system") == BHXH]
        if known and found.value not in known:
            told.ledger.hold("conflict", "bhyt-other-person", found.path)
            told.ledger.leave(found.path, "differs from XML1, which is placed")
        else:
            _place_number(told, patient, found, insurance_number, known)


def _numbers(patient: Draft) -> list[Resource]:
    return patient.get("identifier") or []


def _place_number(
    told: Told, patient: Draft, found: Field, made: Callable[[Field, Episode], Piece], known: Sequence[str | None]
) -> None:
    if found.value in known:
        told.ledger.leave(found.path, "says again what XML1 or another paper says")
    else:
        patient.add("identifier", made(found, told.episode))
        told.ledger.use(found.path)


def place_attester(told: Told, row: TableRow, draft: Draft) -> None:
    """Who signed for the facility (MA_TTDV) attests the Composition."""
    for found in row.repetitions("MA_TTDV"):
        at = draft.add("attester", {"mode": "official"})
        draft.put(f"{at}.party", signer(told, found).reference, found.path)
        told.ledger.use(found.path)


def signer(told: Told, found: Field) -> Draft:
    """The Practitioner of MA_TTDV. Ten digits are no licence: which register they are of the decisions do not say."""
    kind = told.episode.layout.staff_numbers
    unclear = kind != "bhxh" and _TEN_DIGITS.match(found.value)
    return told.episode.practitioner(found, "local" if unclear else kind)
