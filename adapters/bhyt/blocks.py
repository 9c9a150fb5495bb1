"""Blocks: what a national form of a layout known in part says, leaf by leaf, beside what has a known table's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.bhyt.tables import TableRow, cells
from adapters.bhyt.xml_reader import Element
from gateway.mapping.placing import Field


@dataclass(frozen=True, slots=True)
class Block:
    """A block's name and its leaves, in the order written: ``KHAM_THE_LUC.CHIEU_CAO``, ``MAT.PHAI[2].THI_LUC``.

    ``results``: the numbers of its rows of XML4. ``beside``: path of a leaf that stands in such a row → its number;
    ``strange``: those of them whose meaning is not known.
    """

    name: str
    leaves: tuple[Field, ...]
    results: tuple[int, ...] = ()
    beside: Mapping[str, int] = field(default_factory=dict)
    strange: frozenset[str] = frozenset()


class BlockRow(TableRow):
    """A row of a known table whose fields stand in blocks: ``paths`` says where, by the table's own name of a field.

    ``otherwise``: the block a field would stand in that is not there.
    """

    def __init__(self, table: str, number: int, element: Element, paths: Mapping[str, str], otherwise: str) -> None:
        self._paths = paths
        self._otherwise = otherwise
        super().__init__(table, number, *cells(element))

    def path(self, name: str) -> str:
        return self._paths.get(name) or f"{self._otherwise}.{name}"


def leaves(element: Element, at: str, taken: Sequence[Element] = ()) -> Iterator[Field]:
    """Every text below but of those taken, and every attribute; elements of one name are counted from 1."""
    known = {id(one) for one in taken}
    for path, one in below(element, at):
        for name, value in (one.attributes or {}).items():
            if value.strip() and not name.startswith(("xmlns", "xsi:")):
                yield Field(f"{path}@{name}", value.strip())
        if one.text.strip() and id(one) not in known:
            yield Field(path, one.text.strip())


def below(element: Element, at: str) -> Iterator[tuple[str, Element]]:
    """The element and all below, each with its path."""
    yield at, element
    count: dict[str, int] = {}
    for child in element.children:
        count[child.name] = count.get(child.name, 0) + 1
    seen: dict[str, int] = {}
    for child in element.children:
        seen[child.name] = seen.get(child.name, 0) + 1
        yield from below(child, f"{at}.{child.name}" + (f"[{seen[child.name]}]" if count[child.name] > 1 else ""))
