"""OBR-29 and OBR-26: an order that came of another, and the result of it that its own results belong to.

An organism grows, and its susceptibilities are ordered: OBR-29 (or OBR-54, ORC-8) has the numbers of the parent
order, OBR-26 the code, sub-id and words of the organism's OBX. The request is based on the parent's request; the
results are members of the organism. A parent is believed only where exactly one fits: which organism a resistance
belongs to is never guessed. A parent that the message does not hold is named by what is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adapters.hl7v2.datatypes.identifiers import pair_number
from adapters.hl7v2.groups import Order
from adapters.hl7v2.order_numbers import service_code
from adapters.hl7v2.parent_orders import Examined, Held, ParentOrders
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from adapters.hl7v2.specimen_links import resolve_specimens
from gateway.mapping.draft import Draft, Piece

_HALVES = ((1, "placer"), (2, "filler"))  # of an EIP
_DESCRIPTOR = 3  # PRL.3: the parent's value, in words


def link_parents(groups: Sequence[Examined], scope: Scope) -> None:
    """Every order that names a parent is linked to it; specimens named by their numbers are the message's own."""
    specimens = [specimen for group in groups for specimen in group.placed.specimens]
    resolve_specimens((*specimens, *_with_specimens(groups)), specimens)
    orders = ParentOrders(groups)
    for child in groups:
        obr = child.order.obr
        if obr is None:
            continue
        numbers, pointer = _parent_numbers(child.order), obr.first(26)
        if numbers is None and pointer is None:
            continue
        service = obr.text(50)
        parent, held = orders.find(child, numbers, pointer, service)
        if numbers is not None:
            _base_on(child, parent, numbers, scope)
            if parent is not None and service and service_code(parent.order.obr, 4) == service:
                obr.values(50)[0].whole()
        if pointer is not None:
            _belong(child, held, pointer, scope)


def _with_specimens(groups: Iterable[Examined]) -> Iterator[Draft]:
    """Observations that name specimens themselves (OBX-33)."""
    for group in groups:
        for result, observation in zip(group.order.results, group.observations, strict=True):
            if result.obx.raw(33):
                yield observation


def _parent_numbers(order: Order) -> Value | None:
    """The first that is said; the same said again elsewhere is no news."""
    said = [value for number in (29, 54) for value in (order.obr.said(number) if order.obr is not None else ())]
    said += order.orc.said(8) if order.orc is not None else ()
    for again in said[1:]:
        if again.raw == said[0].raw:
            again.whole()
    return said[0] if said else None


def _base_on(child: Examined, parent: Examined | None, numbers: Value, scope: Scope) -> None:
    """ServiceRequest.basedOn: the parent's request where the message holds it, and its numbers in any case."""
    request = child.placed.request
    if request is None:
        return
    made = []
    for half, kind in _HALVES:
        identifier = pair_number(numbers, scope, kind, half)
        if identifier is not None:
            sources = {f"identifier.{inner}": source for inner, source in identifier.sources.items()}
            made.append(Piece({"type": "ServiceRequest", "identifier": identifier.value}, sources))
    if parent is not None and parent.placed.request is not None and made:
        reference = {**parent.placed.request.reference, **made[-1].value}  # the filler's number, where both are said
        made = [Piece(reference, made[-1].sources)]
    for one in made:
        request.add("basedOn", one)


def _belong(child: Examined, parent: Held | None, pointer: Value, scope: Scope) -> None:
    """The results become members of the parent's result; else each names it in words."""
    if not child.own:
        return  # nothing of it to belong to anything: OBR-26 is listed
    if parent is None:
        scope.ledger.remark("warning", "not-found", "hl7v2-parent-result-not-found", pointer.path)
        _say(child.own, pointer)
    elif not _describes(pointer.peek(_DESCRIPTOR), parent.obx.said(5)):
        scope.ledger.hold("conflict", "hl7v2-parent-result-contradicts", pointer.path)
        _say(child.own, pointer)
    else:
        pointer.whole()
        for one in child.own:
            parent.observation.add("hasMember", one.reference, pointer.path)


def _describes(descriptor: str, values: Iterable[Value]) -> bool:
    """PRL.3 is the parent's value, or its beginning (HL7 v2.5.1 section 4.5.3.26)."""
    if not descriptor:
        return True
    wanted = descriptor.casefold()
    said = [value.peek(component) for value in values for component in range(1, value.components + 1)]
    return any(text.casefold().startswith(wanted) for text in said if text)


def _say(observations: Iterable[Draft], pointer: Value) -> None:
    parts = (pointer.peek(_DESCRIPTOR), pointer.peek(1, 2) or pointer.peek(1), pointer.peek(2))
    pointer.whole()
    for one in observations:
        reference = {"type": "Observation", "display": ", ".join(part for part in parts if part)}
        one.add("derivedFrom", Piece(reference, {"display": pointer.path}))
