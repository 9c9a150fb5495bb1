"""A health check's HOSO (KHAMSUCKHOE) opened: its blocks, and what of them has the form of a table known already.

What is known of the format (QĐ 1551/QĐ-BYT of 2026, second hand) are the names of the blocks and of some fields. Who
the person is and when he came is read by the names XML1 has for it, a row of CHI_TIET_CLS by those of XML4; every
other text is a leaf of its block, and stays one whatever its name is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.bhyt.layouts import known_fields
from adapters.bhyt.tables import TableRow, opened
from adapters.bhyt.xml_reader import Element
from gateway.errors import PayloadError
from gateway.mapping.placing import Field

PERSON = "THONG_TIN_HANH_CHINH"
OCCASION = "THONG_TIN_CHUNG_VE_LAN_KHAM"
VITAL_SIGNS = "DANH_GIA_DAU_HIEU_SINH_TON"
BODY = "KHAM_THE_LUC"
TESTS = "KHAM_CAN_LAM_SANG"
CONCLUSION = "KET_LUAN"
BLOCKS = (PERSON, OCCASION, VITAL_SIGNS, BODY, TESTS, CONCLUSION)
RESULT = "CHI_TIET_CLS"


@dataclass(frozen=True, slots=True)
class Block:
    """A block's name and its leaves, in the order written: ``KHAM_THE_LUC.CHIEU_CAO``, ``MAT.PHAI[2].THI_LUC``."""

    name: str
    leaves: tuple[Field, ...]


class BlockRow(TableRow):
    """A row of a known table whose fields stand in blocks; its paths say where."""

    def __init__(self, table: str, number: int, element: Element, places: Mapping[str, str], otherwise: str) -> None:
        super().__init__(table, number, element)
        self._places = places
        self._otherwise = otherwise

    def path(self, name: str) -> str:
        return f"{self._places.get(name, self._otherwise)}.{name}"


def open_blocks(hoso: Element) -> tuple[dict[str, list[TableRow]], list[Block]]:
    """The person and the occasion as the row of XML1, the results as rows of XML4; and every other text, by blocks.

    PayloadError when a document inside is broken, or one of the blocks known stands there twice.
    """
    blocks = [block for document in _documents(hoso) for block in _blocks(document)]
    for name in BLOCKS:
        if sum(block.name == name for block in blocks) > 1:
            raise PayloadError("bhyt-part-twice", name)
    about = Element(OCCASION, hoso.line, hoso.start)
    places: dict[str, str] = {}
    results: list[TableRow] = []
    made = []
    for block in blocks:
        taken: set[int] = set()
        if block.name in (PERSON, OCCASION):
            taken = _taken(block, "XML1")
            for child in block.children:
                if id(child) in taken:
                    about.children.append(child)
                    places.setdefault(child.name, block.name)
        for row in block.below(RESULT) if block.name == TESTS else ():
            known = _taken(row, "XML4")
            taken |= known
            of_row = Element(RESULT, row.line, row.start, children=[one for one in row.children if id(one) in known])
            at = f"{TESTS}.{RESULT}[{len(results) + 1}]"
            results.append(BlockRow("XML4", len(results) + 1, of_row, {}, at))
        made.append(Block(block.name, tuple(_leaves(block, block.name, taken))))
    tables: dict[str, list[TableRow]] = {"XML1": [BlockRow("XML1", 1, about, places, OCCASION)]}
    return (tables | {"XML4": results} if results else tables), made


def health_check_number(hoso: Element) -> str:
    """MA_LK of a health check; "" where it cannot be read, which costs that record when it is translated."""
    try:
        return next((one.text.strip() for file in _documents(hoso) for one in file.below("MA_LK")), "")
    except PayloadError:
        return ""


def _documents(hoso: Element) -> Iterator[Element]:
    for position, file in enumerate(hoso.named("FILEHOSO"), 1):
        body = file.child("NOIDUNGFILE")
        if body is None or not (body.text.strip() or body.children):
            raise PayloadError("bhyt-table-empty", f"FILEHOSO[{position}]")
        yield body if body.children else opened(body.text, f"FILEHOSO[{position}]")


def _blocks(element: Element) -> Sequence[Element]:
    """The blocks below; what stands beside the person or the occasion is a block, whatever its name."""
    if element.name in BLOCKS or not any(element.below(name) for name in (PERSON, OCCASION)):
        return [element]
    own = [Element(element.name, element.line, element.start, text=element.text)] if element.text.strip() else []
    return [*own, *(block for child in element.children for block in _blocks(child))]


def _taken(element: Element, table: str) -> set[int]:
    """The children that are fields of the table."""
    return {id(child) for child in element.children if child.name in known_fields(table) and not child.children}


def _leaves(element: Element, at: str, taken: set[int]) -> Iterator[Field]:
    if id(element) in taken:
        return
    if text := element.text.strip():
        yield Field(at, text)
    names = [child.name for child in element.children]
    seen: dict[str, int] = {}
    for child in element.children:
        seen[child.name] = seen.get(child.name, 0) + 1
        several = names.count(child.name) > 1 or child.name == RESULT
        yield from _leaves(child, f"{at}.{child.name}" + (f"[{seen[child.name]}]" if several else ""), taken)
