"""XML3 rows of services to ServiceRequest, and the beds they name to the Encounter's locations."""

from __future__ import annotations

from adapters.bhyt.code_systems import ABSENT, STATUS_INFERRED, is_stopped, local, performing_facility
from adapters.bhyt.episode import refer
from adapters.bhyt.identity import order_keys
from adapters.bhyt.requester import place_requester
from adapters.bhyt.table_maps import table_rows
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place

_BED = {"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "bd", "display": "Bed"}


def translate_services(told: Told) -> list[Draft]:
    """A ServiceRequest for each service, and a Location for each bed. What was done is told by the parts behind it."""
    keys = order_keys(told.rows("XML3"))
    beds: dict[str, Draft] = {}
    for row in told.services:
        told.orders[row.number] = _order(told, row, told.episode.id_of("ServiceRequest", *keys[row.number]))
        _place_beds(told, row, beds)
    return [*told.orders.values(), *beds.values()]


def _order(told: Told, row: TableRow, identifier: str) -> Draft:
    order = told.tie(Draft("ServiceRequest", identifier))
    order.put("meta.tag[0]", STATUS_INFERRED)
    order.put("status", _status(row))
    order.put("intent", "order")
    place(table_rows("XML3"), row, {"ServiceRequest": order}, told.episode, told.ledger)
    if order.get("code") is None:
        order.put("code.coding[0]", ABSENT)
        told.ledger.hold("required", "bhyt-service-unnamed", row.path("TEN_DICH_VU"))
    place_requester(told, row, order)
    if code := performing_facility(row.text("MA_DICH_VU")):
        at = row.path("MA_DICH_VU")
        refer(order, "performer[0]", told.episode.organization(code, at), at)
    return order


def _status(row: TableRow) -> str:
    """The gateway's reading: the row is written when it is billed, and has a status only in the code's suffix."""
    if is_stopped(row.text("MA_DICH_VU")):
        return "revoked"
    return "completed" if row.text("NGAY_TH_YL") or row.text("NGAY_KQ") else "unknown"


def _place_beds(told: Told, row: TableRow, beds: dict[str, Draft]) -> None:
    """MA_GIUONG: which beds, not from when to when; a bed's code counts within its facility and department."""
    facility = told.episode.facility
    for found in row.repetitions("MA_GIUONG"):
        told.ledger.use(found.path)
        identifier = deterministic_id(facility, "Location", "bed", row.text("MA_KHOA"), found.value)
        if identifier not in beds:
            bed = beds[identifier] = Draft("Location", identifier)
            number = {"system": local(facility, "ma-giuong"), "value": found.value}
            bed.place("identifier[0]", Piece(number, {"value": found.path}))
            bed.put("physicalType.coding[0]", _BED)
            refer(told.encounter, f"location[{told.encounter.count('location')}].location", bed, found.path)
