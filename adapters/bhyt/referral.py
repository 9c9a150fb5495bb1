"""XML13, the referral: a ServiceRequest to the facility it names, and the paper it carries as a Composition."""

from __future__ import annotations

from adapters.bhyt.code_systems import STATUS_INFERRED, facility_code
from adapters.bhyt.identity import row_keys
from adapters.bhyt.papers import begin_composition, finish_composition, place_attester, place_author, place_stays
from adapters.bhyt.said_again import hold_against_summary, hold_other_facility
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_TITLE = "Giấy chuyển cơ sở khám bệnh, chữa bệnh"
_REFERRAL_NOTE = "57133-1"
_PATIENT_REFERRAL = {"system": "http://snomed.info/sct", "code": "3457005", "display": "Patient referral"}
_SAID_AGAIN = (
    *("HO_TEN", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "MA_QUOCTICH", "MA_DANTOC", "MA_NGHE_NGHIEP", "DIA_CHI"),
    *("GT_THE_DEN", "NGAY_VAO_NOI_TRU", "MA_LOAI_RV"),
)


def translate_referral(told: Told) -> list[Draft]:
    """A ServiceRequest and a Composition a row; the facility it names becomes a recipient."""
    rows = told.rows("XML13")
    keys = row_keys(rows, "GIAY_CHUYEN_TUYEN", "SO_CHUYENTUYEN")
    return [draft for row in rows for draft in _referral(told, row, keys[row.number])]


def _referral(told: Told, row: TableRow, key: tuple[str, ...]) -> list[Draft]:
    order = Draft("ServiceRequest", told.episode.id_of("ServiceRequest", "XML13", *key))
    order.put("meta.tag[0]", STATUS_INFERRED)
    order.put("status", "active")
    order.put("intent", "order")
    order.put("category[0].coding[0]", _PATIENT_REFERRAL)
    order.put("code.text", _TITLE)
    told.tie(order)
    paper = begin_composition(
        told, told.episode.id_of("Composition", "XML13", *key), loinc=_REFERRAL_NOTE, title=_TITLE
    )
    place(table_rows("XML13"), row, {"ServiceRequest": order, "Composition": paper}, told.episode, told.ledger)
    place_stays(told, row, paper)
    _place_destination(told, row, order)
    for found in row.repetitions("MA_BAC_SI")[:1]:
        order.put("requester", told.episode.practitioner(found).reference, found.path)
    place_author(told, row, paper, "MA_BAC_SI")
    place_attester(told, row, paper)
    hold_other_facility(told, row)
    hold_against_summary(told, row, _SAID_AGAIN)
    if paper.get("section") is None:  # nothing but the order itself was written
        return [order]
    finish_composition(told, paper)
    order.put("supportingInfo[0]", paper.reference)
    return [order, paper]


def _place_destination(told: Told, row: TableRow, order: Draft) -> None:
    """MA_CSKCB_DEN, by either name. XML1 naming another one holds: the record would go to the wrong hospital."""
    known = told.episode.summary.text("MA_NOI_DEN")
    for name in ("MA_CSKCB_DEN", "MA_NOI_DEN"):
        for found in row.repetitions(name):
            told.ledger.use(found.path)
            if facility_code(found.value):
                place = told.episode.organization(found.value, found.path)
                order.put(f"performer[{order.count('performer')}]", place.reference, found.path)
                told.episode.recipients.append(found.value)
            else:  # words, or a code that lost a digit: shown as written, and sent to nobody
                order.put(f"performer[{order.count('performer')}]", {"display": found.value}, found.path)
                told.ledger.remark("warning", "value", "bhyt-destination-unclear", found.path)
            if known and known != found.value:
                told.ledger.hold("conflict", "bhyt-destinations-differ", found.path)
