"""The Device a result was made with, as a PRT behind it names it: HL7 map PRT[Device]."""

from __future__ import annotations

import re

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.identifiers import entity_number
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece

_UDI = re.compile(r"\(01\)([0-9]{14})|[=+]")  # GS1 as people read it; ICCBBA and HIBCC begin with their mark
_DEVICE = ((17, "manufactureDate"), (18, "expirationDate"))


def device(prt: Segment, scope: Scope) -> Draft | None:
    """PRT-10 and PRT-16 to -22: what a result was made with; None where nothing tells which it is."""
    made = Composite()
    for number in (10, 16):
        for value in prt.said(number):
            _put_number(made, value, scope, is_udi=number == 16)
    if not made.value:
        return None
    for number, name in _DEVICE:
        for value in prt.said(number)[:1]:
            made.put_piece(name, attempt(date_time, value, scope))
    for number, name in ((19, "lotNumber"), (20, "serialNumber"), (21, "distinctIdentifier")):
        for value in prt.said(number)[:1]:
            made.put(name, value.take(), value.path if value.components == 1 else value.at(1))
    for value in prt.said(22)[:1]:
        made.put_piece("type", attempt(codeable, value, scope))
    return scope.directory.enter("Device", Piece(made.value, made.sources))


def _put_number(made: Composite, value: Value, scope: Scope, *, is_udi: bool) -> None:
    """A number as sent, or a UDI: its text as it stands on the device, and the device identifier in it."""
    text = value.peek()
    form = _UDI.match(text)
    if is_udi or form:
        carrier = Composite()
        carrier.put("deviceIdentifier", form[1] if form and form[1] else text, value.path)
        carrier.put("carrierHRF", value.take() if form else "", value.path)
        made.add_piece("udiCarrier", carrier.piece())
        value.take()
    else:
        number = attempt(lambda value, scope: entity_number(value, scope, "device"), value, scope)
        made.add_piece("identifier", number)
