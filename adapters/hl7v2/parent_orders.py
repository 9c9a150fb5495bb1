"""Which order of a message another one names as its parent: by numbers, the result pointed at, the service.

Looked up, not searched: a message of thousands of orders that all name parents costs no more than its length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adapters.hl7v2.groups import Order
from adapters.hl7v2.order_numbers import service_code
from adapters.hl7v2.orders import Placed
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft


@dataclass(slots=True)
class Examined:
    """An order with all that was made of it. ``own``: its Observations that are no other's members."""

    order: Order
    placed: Placed
    observations: Sequence[Draft] = ()
    own: Sequence[Draft] = field(default=())


@dataclass(frozen=True, slots=True)
class Held:
    """A result of an order, by its position there."""

    by: Examined
    position: int

    @property
    def obx(self) -> Segment:
        return self.by.order.results[self.position].obx

    @property
    def observation(self) -> Draft:
        return self.by.observations[self.position]


class _Fitting:
    """The orders that fit the same numbers."""

    def __init__(self, orders: Sequence[Examined]) -> None:
        self.orders = orders
        self.by_service: dict[str, list[Examined]] = defaultdict(list)
        self.by_result: dict[tuple[str, str], list[Held]] = defaultdict(list)  # (code, sub-id), "" for any
        for one in orders:
            self.by_service[service_code(one.order.obr, 4)].append(one)
            for position, result in enumerate(one.order.results):
                for key in _result_keys(result.obx):
                    self.by_result[key].append(Held(one, position))


class ParentOrders:
    """The orders of a message, to ask for parents among them."""

    def __init__(self, groups: Sequence[Examined]) -> None:
        self._all = [one for one in groups if one.order.obr is not None]
        self._by_number: dict[tuple[int, str], list[Examined]] = defaultdict(list)
        for one in self._all:
            for half in (1, 2):
                for text in _own_numbers(one.order, half):
                    self._by_number[half, text].append(one)
        self._known: dict[tuple[str, str], _Fitting] = {}

    def find(
        self, child: Examined, numbers: Value | None, pointer: Value | None, service: str
    ) -> tuple[Examined | None, Held | None]:
        """(the parent order, its result), each None unless exactly one fits; never the child itself."""
        fitting = self._fitting(numbers)
        held = _held(fitting, pointer, child)
        order = _only((one.by for one in held), child)
        if order is None and service:
            order = _only(fitting.by_service.get(service, ()), child)
        if order is None:
            order = _only(fitting.orders, child)
        return order, held[0] if len(held) == 1 else None

    def _fitting(self, numbers: Value | None) -> _Fitting:
        key = (numbers.peek(1), numbers.peek(2)) if numbers is not None else ("", "")
        if key not in self._known:
            self._known[key] = _Fitting(self._all if numbers is None else self._of_numbers(key))
        return self._known[key]

    def _of_numbers(self, halves: tuple[str, str]) -> list[Examined]:
        """One half is the order's number, and the other not a number that it has otherwise."""
        found = {id(one): one for half, text in enumerate(halves, 1) for one in self._by_number.get((half, text), ())}
        return [one for one in found.values() if not _contradicts(one.order, halves)]


def _contradicts(order: Order, halves: tuple[str, str]) -> bool:
    for half, text in enumerate(halves, 1):
        own = _own_numbers(order, half)
        if text and own and text not in own:
            return True
    return False


def _held(fitting: _Fitting, pointer: Value | None, child: Examined) -> list[Held]:
    """Results that have the code and sub-id of OBR-26, at most two: more is as unclear as two."""
    if pointer is None:
        return []
    key = (pointer.peek(1) or pointer.peek(1, 2), pointer.peek(2))
    made: list[Held] = []
    for one in fitting.by_result.get(key, ()) if key != ("", "") else ():
        if one.by is not child:
            made.append(one)
            if len(made) == 2:
                break
    return made


def _only(found: Iterable[Examined], child: Examined) -> Examined | None:
    """The only one beside the child."""
    only = None
    for one in found:
        if one is child or one is only:
            continue
        if only is not None:
            return None
        only = one
    return only


def _own_numbers(order: Order, half: int) -> set[str]:
    """The placer's numbers (1) or the filler's (2)."""
    segments = (order.obr, order.orc)
    said = (value for segment in segments if segment is not None for value in segment.said(half + 1))
    return {text for value in said if (text := value.peek())}


def _result_keys(obx: Segment) -> set[tuple[str, str]]:
    value, sub_id = obx.first(3), obx.text(4)
    codes = {value.peek(component) for component in (1, 2, 4)} if value is not None else set()
    return {(code, sub) for code in (*codes, "") for sub in (sub_id, "")}
