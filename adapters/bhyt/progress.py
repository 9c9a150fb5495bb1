"""XML5 rows to Observations: the note, and the vital signs written in it."""

from __future__ import annotations

from adapters.bhyt.code_systems import LOINC, NO_VALUE, OBSERVATION_CATEGORY, STATUS_INFERRED, national
from adapters.bhyt.episode import refer
from adapters.bhyt.identity import Key, row_keys
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from adapters.bhyt.vital_signs import read_vital_signs
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_NOTE = {"system": LOINC, "code": "11506-3", "display": "Progress note"}
# Beside the note: the field, its LOINC code where there is one, and the form's own name.
_PARTS = (
    ("GIAI_DOAN_BENH", None, "Giai đoạn bệnh"),
    ("HOI_CHAN", {"system": LOINC, "code": "11488-4", "display": "Consult note"}, "Hội chẩn"),
    ("PHAU_THUAT", {"system": LOINC, "code": "11504-8", "display": "Surgical operation note"}, "Phẫu thuật, thủ thuật"),
)


def translate_progress(told: Told) -> list[Draft]:
    """An Observation for each row, and one for each vital sign in its text, a member of the note."""
    rows = told.rows("XML5")
    keys = row_keys(rows, "THOI_DIEM_DBLS", "NGAY_YL", "NGUOI_THUC_HIEN")  # the text may be corrected
    made: list[Draft] = []
    for row in rows:
        key = ("XML5", *filter(None, keys[row.number]))
        note = _note(told, row, key)
        made += [note, *_vital_signs(told, row, note, key)]
    return made


def _note(told: Told, row: TableRow, key: Key) -> Draft:
    note = told.tie(Draft("Observation", told.episode.id_of("Observation", *key)))
    note.put("meta.tag[0]", STATUS_INFERRED)
    note.put("status", "final")
    note.put("category[0].coding[0]", {"system": OBSERVATION_CATEGORY, "code": "exam"})
    note.put("code.coding[0]", _NOTE)
    place(table_rows("XML5"), row, {"Observation": note}, told.episode, told.ledger)
    for found in row.repetitions("NGUOI_THUC_HIEN"):
        refer(note, f"performer[{note.count('performer')}]", told.episode.practitioner(found), found.path)
        told.ledger.use(found.path)
    for field, code, name in _PARTS:
        for found in row.repetitions(field):
            at = f"component[{note.count('component')}]"
            coding = [{"system": national("xml5"), "code": field}, *([code] if code else [])]
            note.put(f"{at}.code", {"coding": coding, "text": name})
            note.put(f"{at}.valueString", found.value, found.path)
            told.ledger.use(found.path)
    return note


def _vital_signs(told: Told, row: TableRow, note: Draft, key: Key) -> list[Draft]:
    made = []
    for field in ("DIEN_BIEN_LS", "DIEN_BIEN"):
        for found in row.repetitions(field):
            read = read_vital_signs(found.value, decimal_comma=told.episode.profile.decimal_comma)
            if read.unread:
                told.ledger.remark("warning", "value", "bhyt-vital-sign-unread", found.path, count=read.unread)
            for block, name, elements in read.signs:
                draft = told.tie(Draft("Observation", told.episode.id_of("Observation", *key, str(block), name)))
                draft.put("meta.tag[0]", STATUS_INFERRED)
                draft.put("status", "final")
                for path, value, from_text in elements:
                    draft.put(path, value, found.path if from_text else "")
                for each in ("effectiveDateTime", "performer"):
                    if (value := note.get(each)) is not None:
                        draft.put(each, value, _source(note, each))
                if note.get("effectiveDateTime") is None:  # R4 asks a vital sign for its time
                    draft.put("_effectiveDateTime", {"extension": [{"url": NO_VALUE, "valueCode": "unknown"}]})
                note.add("hasMember", draft.reference)  # R4 lets a vital sign be derived from none but a vital sign
                made.append(draft)
    return made


def _source(note: Draft, element: str) -> str:
    """Where an element of the note came from; of several performers the first."""
    return next(source for path, source in note.lineage.items() if path.startswith(element))
