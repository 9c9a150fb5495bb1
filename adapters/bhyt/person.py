"""XML1 to Patient and Coverage: who the episode is about, and the insurance shown."""

from __future__ import annotations

import re

from adapters.bhyt.code_systems import extension
from adapters.bhyt.episode import Episode, close_period, refer
from adapters.bhyt.tables import TableRow
from gateway.bundle import BHXH, BHYT, MA_CSKCB, deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.naming import bhxh_of_card
from gateway.mapping.placing import Field
from gateway.mapping.times import read_birth

BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"

_CARD = re.compile(r"[A-Z]{2}[0-9]{13}\Z")
_CARD_FIELDS = ("MA_THE_BHYT", "MA_THE")  # the second is 4210's name


def patient_key(row: TableRow) -> tuple[str, ...]:
    """What the patient's id is made from: MA_BN, else SO_CCCD, else the first card, else the episode.

    PayloadError(``bhyt-patient-missing``) when the row has neither a number nor a name.
    """
    for kind, names in (("mrn", ("MA_BN",)), ("person", ("SO_CCCD",)), ("card", _CARD_FIELDS)):
        for name in names:
            for found in row.repetitions(name):
                return kind, str(found.value)
    if not row.text("HO_TEN"):
        raise PayloadError("bhyt-patient-missing", "XML1")
    return "episode", row.text("MA_LK")


def finish_patient(episode: Episode, patient: Draft) -> None:
    """Numbers inside the cards, the birth date, the facility that calls the person by MA_BN."""
    row = episode.summary
    for found in cards(row):
        episode.ledger.use(found.path)
        if _CARD.match(found.value):
            patient.add("identifier", Piece({"system": BHYT, "value": found.value}, {"value": found.path}))
            number = bhxh_of_card(found.value)
            known = [identifier["value"] for identifier in patient.get("identifier")]
            if number and number not in known:
                patient.add("identifier", Piece({"system": BHXH, "value": number}, {"value": found.path}))
    for found in row.repetitions("NGAY_SINH"):
        try:
            place_birth(patient, found, episode.profile.utc_offset)
        except CannotPlace as why:
            episode.ledger.refuse_field(found.path, why)
        else:
            episode.ledger.use(found.path)
    episode.refer_to_facility(patient, "managingOrganization")


def place_birth(patient: Draft, found: Field, utc_offset: str) -> None:
    """The birth date as precise as written; a newborn's minute beside it. CannotPlace for no day of the calendar."""
    birth = read_birth(found.value)
    patient.put("birthDate", birth.date, found.path)
    if birth.has_time:
        moment = birth.text[: -len("+07:00")] + utc_offset
        patient.place(
            "_birthDate.extension[0]",
            Piece({"url": BIRTH_TIME, "valueDateTime": moment}, {"valueDateTime": f"{found.path} ({birth.note})"}),
        )


def cards(row: TableRow) -> list[Field]:
    """The insurance cards, in the order written."""
    return [found for name in _CARD_FIELDS for found in row.repetitions(name)]


def coverages(episode: Episode, patient: Draft) -> list[Draft]:
    """A Coverage for each card. ``active`` means: shown and accepted for this episode."""
    row = episode.summary
    made: list[Draft] = []
    for card in cards(row):
        key: tuple[str, ...] = (card.value,)
        if before := sum(draft.get("subscriberId") == card.value for draft in made):
            key = (card.value, str(before))  # a card renewed in the stay stands twice, each time with its dates
        made.append(_coverage(episode, patient, row, card, key))
    return made


def _coverage(episode: Episode, patient: Draft, row: TableRow, card: Field, key: tuple[str, ...]) -> Draft:
    draft = Draft("Coverage", deterministic_id(episode.facility, "Coverage", *episode.patient_key, *key))
    draft.put("status", "active")
    draft.put("type.text", "Bảo hiểm y tế")
    draft.put("subscriberId", card.value, card.path)
    if _CARD.match(card.value):
        draft.place("identifier[0]", Piece({"system": BHYT, "value": card.value}, {"value": card.path}))
    refer(draft, "beneficiary", patient, card.path)
    draft.put("payor[0]", insurer(episode, card.path).reference)
    at = _position(card)
    for name, path in (("GT_THE_TU", "period.start"), ("GT_THE_DEN", "period.end")):
        if found := _beside(row, name, at):
            try:
                draft.put(path, episode.time(found.value).date, found.path)
            except CannotPlace as why:
                episode.ledger.refuse_field(found.path, why)
            else:
                episode.ledger.use(found.path)
    close_period(draft, episode.ledger, _beside(row, "GT_THE_DEN", at))
    if found := _beside(row, "MA_DKBD", at):
        registered = {"system": MA_CSKCB, "value": found.value}
        url = extension("registered-facility")
        draft.add(
            "extension", Piece({"url": url, "valueIdentifier": registered}, {"valueIdentifier.value": found.path})
        )
        episode.ledger.use(found.path)
    return draft


def _beside(row: TableRow, name: str, at: str) -> Field | None:
    """The value of a field that is aligned with the cards, for the card at that position."""
    return next((found for found in row.repetitions(name) if _position(found) == at), None)


def _position(found: Field) -> str:
    """``2]`` for the second of several values of a field, "" for the only one."""
    return found.path.rpartition(".")[2].partition("[")[2]


def insurer(episode: Episode, source: str) -> Draft:
    """Viet Nam Social Security, who pays for every card; ``source``: the field of the first one."""
    if "BHXH" not in episode.organizations:
        draft = Draft("Organization", deterministic_id(episode.facility, "Organization", "BHXH"))
        draft.put("name", "Bảo hiểm xã hội Việt Nam", source)
        episode.organizations["BHXH"] = draft
    return episode.organizations["BHXH"]
