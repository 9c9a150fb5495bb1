"""A health check's HOSO (KHAMSUCKHOE) opened: its blocks, and what of them has the form of a table known already.

What is known of the format (QĐ 1551/QĐ-BYT of 2026, second hand) are the names of the blocks and of some fields. Who
the person is and when he came is read by the names XML1 has for it, a row of CHI_TIET_CLS by those of XML4; every
other text is a leaf of its block, and stays one whatever its name is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.bhyt.blocks import Block, BlockRow, below, leaves
from adapters.bhyt.layouts import known_fields
from adapters.bhyt.tables import TableRow, opened
from adapters.bhyt.xml_reader import Element
from gateway.errors import PayloadError

PERSON = "THONG_TIN_HANH_CHINH"
OCCASION = "THONG_TIN_CHUNG_VE_LAN_KHAM"
VITAL_SIGNS = "DANH_GIA_DAU_HIEU_SINH_TON"
BODY = "KHAM_THE_LUC"
TESTS = "KHAM_CAN_LAM_SANG"
CONCLUSION = "KET_LUAN"
BLOCKS = (PERSON, OCCASION, VITAL_SIGNS, BODY, TESTS, CONCLUSION)
RESULT = "CHI_TIET_CLS"


def open_blocks(hoso: Element) -> tuple[dict[str, list[TableRow]], list[Block]]:
    """The person and the occasion as the row of XML1, the results as rows of XML4; and every other text, by blocks.

    PayloadError when a document inside is broken, or one of the blocks known stands there twice.
    """
    found = [block for document in _documents(hoso) for block in _blocks(document)]
    for name in BLOCKS:
        if sum(block.name == name for block in found) > 1:
            raise PayloadError("bhyt-part-twice", name)
    about = Element(OCCASION)
    paths: dict[str, str] = {}
    results: list[TableRow] = []
    made = []
    for block in found:
        taken: list[Element] = []
        of_block: list[int] = []
        beside: dict[str, int] = {}
        if block.name in (PERSON, OCCASION):
            taken = _fields(block, "XML1")
            about.children += taken
            paths = {child.name: f"{block.name}.{child.name}" for child in taken} | paths
        for at, row in below(block, block.name) if block.name == TESTS else ():
            if row.name == RESULT:
                fields = _fields(row, "XML4")
                of_row = Element(RESULT, children=fields)
                results.append(BlockRow("XML4", len(results) + 1, of_row, {}, at))
                taken += fields
                of_block.append(len(results))
                beside |= {leaf.path: len(results) for leaf in leaves(row, at, fields)}
        said = tuple(leaves(block, block.name, taken))
        made.append(Block(block.name, said, tuple(of_block), beside, frozenset(beside)))
    tables: dict[str, list[TableRow]] = {"XML1": [BlockRow("XML1", 1, about, paths, OCCASION)]}
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
    wraps = element.name == "NOIDUNGFILE" or any(element.below(name) for name in (PERSON, OCCASION))
    if element.name in BLOCKS or not wraps:
        return [element]
    own = replace(element, children=[])  # what it says itself, in words or attributes
    return [own, *(block for child in element.children for block in _blocks(child))]


def _fields(element: Element, table: str) -> list[Element]:
    """The children that are fields of the table."""
    return [child for child in element.children if child.name in known_fields(table) and not child.children]
