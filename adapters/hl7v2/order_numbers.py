"""What an order, its service and its specimen are called: ids are made of these, never of status, value or time."""

from __future__ import annotations

from adapters.hl7v2.groups import Order
from adapters.hl7v2.segments import Segment


def filler_number(order: Order) -> str:
    return _number(order, 3)


def placer_number(order: Order) -> str:
    return _number(order, 2)


def order_number(order: Order) -> str:
    """Filler's number, else the placer's: what a laboratory calls the order."""
    return filler_number(order) or placer_number(order)


def _number(order: Order, field: int) -> str:
    for segment in (order.obr, order.orc):
        value = segment.first(field) if segment is not None else None
        if value is not None and value.peek():
            return value.peek()
    return ""


def service_code(segment: Segment | None, number: int) -> str:
    """What identifies an OBR-4 or OBX-3: its first code, else its words."""
    value = segment.first(number) if segment is not None else None
    if value is None:
        return ""
    return next((text for component in (1, 4, 2, 5, 9) if (text := value.peek(component))), "")


def sample_number(order: Order) -> str:
    """The first specimen's number; "" when none is told."""
    for sample in order.samples:
        for number, component in ((2, 2), (2, 1), (30, 1)):
            value = sample.spm.first(number)
            if value is not None and value.peek(component):
                return value.peek(component)
    return ""


def report_key(order: Order, number: tuple[str, str]) -> tuple[str, ...]:
    """What the ids of a report, its results and specimens begin with. ``number``: the patient's."""
    return (*number, order_number(order), sample_number(order), service_code(order.obr, 4))


def request_key(order: Order, number: tuple[str, str]) -> tuple[str, ...]:
    """What the id of a request is made of: the placer's number, else the filler's, and the service.

    The placer's, since an order has no other until the laboratory has taken it: so the order and
    its later result speak of one request. Not who assigned it: laboratories send the number
    back without. The service, since one number often stands for a whole sheet of orders.
    """
    if placer := placer_number(order):
        return (*number, "placer", placer, _code_asked(order))
    if filler := filler_number(order):
        return (*number, "filler", filler, _code_asked(order))
    return report_key(order, number)


def _code_asked(order: Order) -> str:
    return service_code(order.rxo, 1) if order.rxo is not None else service_code(order.obr, 4)
