"""XML1 to Encounter and Condition: the episode, where the patient came from and went, the diagnoses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.bhyt.code_systems import CLASS_UNKNOWN, coding, facility_code, national
from adapters.bhyt.converters import icd10_concept, icd10_leaves
from adapters.bhyt.episode import Episode, close_period, refer
from adapters.bhyt.tables import TableRow
from gateway.bundle import MA_LK
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import Field
from gateway.mapping.vocabulary import vocabulary

_ROLE = "http://terminology.hl7.org/CodeSystem/diagnosis-role"
DIAGNOSED = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}
_DIED = {"system": "http://terminology.hl7.org/CodeSystem/discharge-disposition", "code": "exp", "display": "Expired"}
_CODE = "coding[0].code"
_DEATHS = ("5", "8")  # KET_QUA_DTRI: died, died before arrival


def encounter(episode: Episode, patient: Draft) -> Draft:
    """The episode, before the mapping rows: what R4 requires of it, and its identifier MA_CSKCB.MA_LK."""
    row, ledger = episode.summary, episode.ledger
    draft = Draft("Encounter", episode.id_of("Encounter"))
    number = f"{episode.code}.{episode.number}"
    both = f"{episode.facility_source}, {row.path('MA_LK')}"
    draft.place("identifier[0]", Piece({"system": MA_LK, "value": number}, {"value": both}))
    ledger.use(row.path("MA_LK"), row.path("MA_CSKCB"))
    draft.put("status", _status(row))
    kind = row.text("MA_LOAI_KCB")
    target = vocabulary("bhyt-ma-loai-kcb").translate(kind)
    if target is None:
        draft.put("class", CLASS_UNKNOWN)
        if kind:
            ledger.remark(
                "warning", "code-invalid", "code-unmapped", row.path("MA_LOAI_KCB"), vocabulary="bhyt-ma-loai-kcb"
            )
    else:
        draft.place("class", Piece(target.as_fhir(), {"": row.path("MA_LOAI_KCB")}))
    refer(draft, "subject", patient, "")
    episode.refer_to_facility(draft, "serviceProvider")
    return draft


def _status(row: TableRow) -> str:
    """Check-in data is written when the patient comes, or is to come; XML1 when the episode has ended, which without an
    end nobody knows.
    """
    if row.table == "XML0":
        return "arrived" if row.text("NGAY_VAO") else "planned"
    return "finished" if row.text("NGAY_RA") else "unknown"


def finish_encounter(episode: Episode, draft: Draft) -> None:
    """Where from, where to, and how it ended."""
    row, ledger = episode.summary, episode.ledger
    close_period(draft, ledger, next(iter(row.repetitions("NGAY_RA")), None))
    for name, end in (("MA_NOI_DI", "origin"), ("MA_NOI_DEN", "destination")):
        for found in row.repetitions(name):
            if facility_code(found.value):
                refer(draft, f"hospitalization.{end}", episode.organization(found.value, found.path), found.path)
            else:  # words, or a code that lost a digit: shown as written, but no facility is made of it
                draft.put(f"hospitalization.{end}.display", found.value, found.path)
            ledger.use(found.path)
    left = [found for name in ("MA_LOAI_RV", "TINH_TRANG_RV") for found in row.repetitions(name)]
    for found in left:
        at = "hospitalization.dischargeDisposition.coding"
        draft.add(at, Piece(coding(national("ma-loai-rv"), found.value), {"code": found.path}))
        target = vocabulary("bhyt-ma-loai-rv").translate(found.value)
        if target is None:
            ledger.remark("warning", "code-invalid", "code-unmapped", found.path, vocabulary="bhyt-ma-loai-rv")
        elif row.text("KET_QUA_DTRI") not in _DEATHS:
            draft.add(at, Piece(target.as_fhir(), {"": found.path}))
        ledger.use(found.path)
    if row.text("KET_QUA_DTRI") in _DEATHS:
        draft.add("hospitalization.dischargeDisposition.coding", Piece(_DIED, {"": row.path("KET_QUA_DTRI")}))


def conditions(episode: Episode, patient: Draft, stay: Draft) -> list[Draft]:
    """A Condition for each diagnosis, each tied to the Encounter with its use and rank.

    The discharge words often name more than the main code does, so they stand as its note, not
    as its text; without a code they are the text.
    """
    made: list[Draft] = []
    written: list[tuple[str, str]] = []
    for use, found, concept, inner in _diagnoses(episode):
        text = str(concept.get("text") or concept["coding"][0]["code"])
        before = written.count((use, text))  # the same diagnosis again is equal in all it says
        written.append((use, text))
        draft = Draft("Condition", episode.id_of("Condition", use, text, str(before)))
        draft.put("category[0].coding[0]", DIAGNOSED)
        leaves = icd10_leaves(concept) if inner == _CODE else [inner]
        draft.place("code", Piece(concept, dict.fromkeys(leaves, found.path)))
        refer(draft, "subject", patient, "")
        refer(draft, "encounter", stay, "")
        at = stay.add("diagnosis", {"condition": draft.reference})
        stay.put(f"{at}.use.coding[0]", {"system": _ROLE, "code": use})
        if not made and use == "DD" and "coding" in concept:
            stay.put(f"{at}.rank", 1)
            for index, words in enumerate(_discharge_words(episode)):
                draft.put(f"note[{index}].text", words.value, words.path)
                episode.ledger.use(words.path)
        episode.ledger.use(found.path)
        made.append(draft)
    return made


def _discharge_words(episode: Episode) -> list[Field]:
    return [found for name in ("CHAN_DOAN_RV", "TEN_BENH") for found in episode.summary.repetitions(name)]


def _diagnoses(episode: Episode) -> Iterator[tuple[str, Field, dict[str, Any], str]]:
    """(use, field, code, where in the code the field stands), the main diagnosis first."""
    row = episode.summary
    main = [found for name in ("MA_BENH_CHINH", "MA_BENH") for found in row.repetitions(name)]
    for found in main:
        yield "DD", found, icd10_concept(found.value), _CODE
    if not main:
        for found in _discharge_words(episode):
            yield "DD", found, {"text": found.value}, "text"
    for name in ("MA_BENH_KT", "MA_BENHKHAC"):
        for found in row.repetitions(name):
            yield "CM", found, icd10_concept(found.value), _CODE
    for found in row.repetitions("MA_BENH_YHCT"):
        yield "DD", found, {"coding": [coding(national("ma-benh-yhct"), found.value)]}, _CODE
    for found in row.repetitions("CHAN_DOAN_VAO"):
        yield "AD", found, {"text": found.value}, "text"
