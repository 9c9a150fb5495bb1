"""XML10, XML11 and XML12, certificates: a DocumentReference each, with its text made of the fields.

Its date would be an instant, which a day is not: the day is the content's creation.
"""

from __future__ import annotations

import base64

from adapters.bhyt.code_systems import STATUS_INFERRED, national
from adapters.bhyt.episode import close_period
from adapters.bhyt.identity import row_keys
from adapters.bhyt.kin import relatives
from adapters.bhyt.papers import name_author, place_author, place_card, place_insurance_number, signer
from adapters.bhyt.said_again import hold_against_summary
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_TITLES = {
    "XML10": "Giấy chứng nhận nghỉ dưỡng thai",
    "XML11": "Giấy chứng nhận nghỉ việc hưởng bảo hiểm xã hội",
    "XML12": "Biên bản giám định y khoa",
}
_NUMBERS = {"XML10": ("SO_SERI", "SO_CT"), "XML11": ("SO_SERI", "SO_CT"), "XML12": ("SO_BIEN_BAN",)}
_SAID_AGAIN = (
    *("HO_TEN", "NGAY_SINH", "SO_CCCD", "MA_THE_BHYT"),
    *("DIA_CHI", "MATINH_CU_TRU", "MAHUYEN_CU_TRU", "MAXA_CU_TRU", "DIEN_THOAI"),
)


def translate_certificates(told: Told) -> list[Draft]:
    """A DocumentReference a row, and the relatives it names."""
    made = []
    for table, names in _NUMBERS.items():
        rows = told.rows(table)
        keys = row_keys(rows, *names)
        for row in rows:
            made += _certificate(told, row, keys[row.number])
    return made


def _certificate(told: Told, row: TableRow, key: tuple[str, ...]) -> list[Draft]:
    draft = Draft("DocumentReference", told.episode.id_of("DocumentReference", row.table, *key))
    title = _TITLES[row.table]
    draft.put("meta.tag[0]", STATUS_INFERRED)
    draft.put("status", "current")
    draft.put("docStatus", "final")
    draft.put("type", {"coding": [{"system": national("table"), "code": row.table}], "text": title})
    draft.put("subject", told.patient.reference)
    draft.put("context.encounter[0]", told.encounter.reference)
    told.episode.refer_to_facility(draft, "custodian")
    draft.put("content[0].attachment", {"contentType": "text/plain; charset=utf-8", "language": "vi", "title": title})
    text = Draft("Text", "")
    place(table_rows(row.table), row, {"DocumentReference": draft, "Text": text}, told.episode, told.ledger)
    close_period(draft, told.ledger, next(iter(row.repetitions("DEN_NGAY")), None), "context.period")
    _place_text(draft, text, title)
    place_author(told, row, draft, "MA_BS")
    name_author(told, row, draft)
    for found in row.repetitions("MA_TTDV"):
        draft.put("authenticator", signer(told, found).reference, found.path)
        told.ledger.use(found.path)
    hold_against_summary(told, row, _SAID_AGAIN)
    place_insurance_number(told, row, told.patient)
    place_card(told, row, told.patient)
    return [draft, *relatives(told, row, told.patient)]


def _place_text(draft: Draft, text: Draft, title: str) -> None:
    """The lines under the title, in UTF-8; each field of them is a source of the whole."""
    lines = [title, *(f"{line['title']}: {line['text']}" for line in text.get("line") or [])]
    data = base64.b64encode("\n".join(lines).encode()).decode("ascii")
    draft.put("content[0].attachment.data", data, ", ".join(dict.fromkeys(text.lineage.values())))
