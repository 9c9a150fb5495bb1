"""The export of an electronic record (HoSoBenhAn of TT 13/2025, XML or JSON), as far as anything of it is known.

Known, second hand: the names of its eleven groups, the form of its dates, a few fields (``machiso``, ``machidinh``,
``maicd``, ``cccd_so``). So a field of the person, the visit or a result is read where its name, without underscores,
is the one the insurance XML has for it (``ho_ten``, ``giatri``): guessed, and the outcome says so. All else is words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.bhyt.blocks import Block, BlockRow, below, leaves
from adapters.bhyt.blocks_in_words import paper_of_blocks
from adapters.bhyt.code_systems import local
from adapters.bhyt.tables import TableRow
from adapters.bhyt.told import RECORD_EXPORT, Told
from adapters.bhyt.xml_reader import MAX_ELEMENTS, Element
from gateway.errors import PayloadError
from gateway.jsontext import Number, loads
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import Field

PERSON, VISIT = "ThongTinBenhNhan", "ThongTinVaoVien"
_RESULTS = ("KetQuaXetNghiem", "KetQuaChanDoanHinhAnh")
_TITLES = {
    PERSON: "Thông tin bệnh nhân",
    VISIT: "Thông tin vào viện",
    "ThongTinDieuTri": "Thông tin điều trị",
    "YLenhThuocVatTu": "Y lệnh thuốc, vật tư",
    "PhieuChiDinh": "Phiếu chỉ định",
    "KetQuaChanDoanHinhAnh": "Kết quả chẩn đoán hình ảnh",
    "KetQuaXetNghiem": "Kết quả xét nghiệm",
    "GiayChuyenVien": "Giấy chuyển viện",
    "HoSoCapCuu": "Hồ sơ cấp cứu",
    "PhieuThuThuat": "Phiếu thủ thuật",
    "PhieuPhauThuat": "Phiếu phẫu thuật",
}


def _written(*names: str) -> dict[str, str]:
    return {name.replace("_", "").lower(): name for name in names}


_OF_PERSON = {
    **_written("MA_LK", "MA_BN", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "SO_CCCD", "DIA_CHI", "DIEN_THOAI"),
    **_written("MA_THE_BHYT", "NHOM_MAU", "NGAY_VAO", "NGAY_RA", "LY_DO_VV", "MA_LOAI_KCB", "MA_CSKCB", "MA_HSBA"),
    "cccdso": "SO_CCCD",
}
_OF_RESULT = {
    **_written("MA_DICH_VU", "MA_CHI_SO", "TEN_CHI_SO", "GIA_TRI", "DON_VI_DO", "MO_TA", "KET_LUAN", "NGAY_KQ"),
    "donvi": "DON_VI_DO",
}
_NAMED = {"MA_DICH_VU", "MA_CHI_SO", "TEN_CHI_SO"}
_SAYING = {"GIA_TRI", "MO_TA", "KET_LUAN"}
_ORDERS, _ORDER = "PhieuChiDinh", "machidinh"
_HARMLESS = (_ORDER, "vncode", "snomed", "maicd")  # beside a result they name it again, or its order
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?:[ T]+([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?\Z")
_KEY = re.compile(r"[\w.-]{1,60}\Z")
_LOOK = 65536  # bytes looked through for what the text begins with
_OPENING = re.compile(rb'\s*\{\s*"(?:HoSoBenhAn|' + "|".join(_TITLES).encode() + rb')"\s*:')


# The table's name of a field, the path of what holds it, and the element that says it.
Said = tuple[str, str, Element]


def is_json_export(data: bytes) -> bool:
    """Whether a JSON text begins as an export does: by its root, or by one of its groups."""
    return _OPENING.match(data[:_LOOK].removeprefix(b"\xef\xbb\xbf")) is not None


def read_json(data: bytes) -> Element:
    """The export as elements, a key each. PayloadError: what jsontext refuses, and a key that is no name."""
    read = loads(data.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(read, dict) and list(read) == [RECORD_EXPORT]:
        read = read[RECORD_EXPORT]
    if not isinstance(read, dict):
        raise PayloadError("bhyt-export-not-one", RECORD_EXPORT)
    made, count = [Element(RECORD_EXPORT)], 0
    waiting: list[tuple[Element, Mapping[str, Any]]] = [(made[0], read)]
    while waiting:
        above, said = waiting.pop()
        for key, value in said.items():
            if not _KEY.match(key):
                raise PayloadError("bhyt-export-key", RECORD_EXPORT)
            for one in value if isinstance(value, list) else [value]:
                count += 1
                if count > MAX_ELEMENTS:
                    raise PayloadError("bhyt-xml-too-large", RECORD_EXPORT, line=1)
                child = Element(key, _text(one))
                above.children.append(child)
                if isinstance(one, list):
                    waiting.append((child, {key: one}))
                elif isinstance(one, dict):
                    waiting.append((child, one))
    return made[0]


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.token if isinstance(value, Number) else str(value)


def facility_of(root: Element) -> str:
    """MA_CSKCB of the export; "" where it names none."""
    return next((one.text.strip() for name, _, one in _about(root) if name == "MA_CSKCB"), "")


def open_export(root: Element) -> tuple[dict[str, list[TableRow]], list[Block]]:
    """The person and the visit as the row of XML1, the results as rows of XML4; and every text, by groups."""
    for name in (PERSON, VISIT):
        if len(root.named(name)) > 1:
            raise PayloadError("bhyt-part-twice", name)
    about = _about(root)
    tables: dict[str, list[TableRow]] = {"XML1": [_row("XML1", 1, about, PERSON)]}
    results: list[TableRow] = []
    made = [Block(root.name, tuple(leaves(replace(root, children=[]), root.name)))]  # what it says in attributes
    for at, group in _groups(root):
        taken = [one for _, where, one in about if where == group.name]
        of_group: list[int] = []
        beside: dict[str, int] = {}
        for path, row in below(group, at) if group.name in _RESULTS else ():
            told = _told(row, path, _OF_RESULT)
            if {name for name, _, _ in told} & _NAMED and {name for name, _, _ in told} & _SAYING:
                results.append(_row("XML4", len(results) + 1, told, path))
                fields = [one for _, _, one in told]
                taken += fields
                of_group.append(len(results))
                beside |= {leaf.path: len(results) for leaf in leaves(row, path, fields)}
        strange = frozenset(path for path in beside if _last(path) not in _HARMLESS)
        made.append(Block(at, tuple(leaves(group, at, taken)), tuple(of_group), beside, strange))
    return (tables | {"XML4": results} if results else tables), made


def translate_record_export(told: Told) -> list[Draft]:
    """The Composition of an exported record, a section for each group."""
    if told.form != RECORD_EXPORT:
        return []
    told.ledger.remark("information", "informational", "bhyt-export-known-in-part", RECORD_EXPORT)
    told.ledger.remark("information", "informational", "bhyt-export-names-guessed", PERSON)
    if told.rows("XML4"):
        told.ledger.remark("information", "informational", "bhyt-export-names-guessed", _RESULTS[0])
    orders, rows = _orders(told.blocks), {path: row for block in told.blocks for path, row in block.beside.items()}

    def answers(told: Told, leaf: Field) -> bool:
        """The order a result's row names: a number no resource bears, with the words PhieuChiDinh has for it."""
        result = told.results.get(rows.get(leaf.path, 0))
        if _last(leaf.path) != _ORDER or result is None or result.get("basedOn"):
            return False
        number = {"system": local(told.episode.facility, "ma-chi-dinh"), "value": leaf.value}
        words = orders.get(leaf.value, [])
        named = {"display": "; ".join(one.value for one in words)} if words else {}
        sources = {"identifier.value": leaf.path, **{key: ", ".join(one.path for one in words) for key in named}}
        result.place("basedOn[0]", Piece({"type": "ServiceRequest", "identifier": number} | named, sources))
        told.ledger.use(leaf.path)
        return True

    return paper_of_blocks(told, "Hồ sơ bệnh án", _TITLES, answers, lambda _told, _leaf: None)


def _orders(blocks: Sequence[Block]) -> dict[str, list[Field]]:
    """Number of an order → every text that stands beside it in PhieuChiDinh."""
    found: dict[str, list[Field]] = {}
    for block in blocks:
        for leaf in block.leaves if block.name.startswith(_ORDERS) else ():
            if _last(leaf.path) == _ORDER:
                row = leaf.path.rpartition(".")[0] + "."
                beside = [one for one in block.leaves if one.path.startswith(row) and one is not leaf]
                found.setdefault(leaf.value, []).extend(beside)
    return found


def _groups(root: Element) -> list[tuple[str, Element]]:
    """The groups, each with a name of its own: a second ``PhieuChiDinh`` is ``PhieuChiDinh[2]``."""
    made: list[tuple[str, Element]] = []
    seen: dict[str, int] = {}
    for group in root.children:
        before = seen.get(group.name, 0)
        seen[group.name] = before + 1
        made.append((f"{group.name}[{before + 1}]" if before else group.name, group))
    return made


def _about(root: Element) -> list[Said]:
    return [said for group in root.named(PERSON) + root.named(VISIT) for said in _told(group, group.name, _OF_PERSON)]


def _told(element: Element, at: str, names: Mapping[str, str]) -> list[Said]:
    """The children that say a field of the table; one said twice is the row's to judge."""
    return [
        (names[_plain(child.name)], at, child)
        for child in element.children
        if _plain(child.name) in names and not child.children and child.text.strip()
    ]


def _last(path: str) -> str:
    return _plain(path.rpartition(".")[2])


def _plain(name: str) -> str:
    return name.partition("[")[0].replace("_", "").lower()


def _row(table: str, number: int, told: Sequence[Said], otherwise: str) -> BlockRow:
    """A row of the table, its times as the table writes them (``20/11/2026 08:30`` is ``202611200830``)."""
    made = Element(table)
    paths: dict[str, str] = {}
    for name, at, one in told:
        paths.setdefault(name, f"{at}.{one.name}")
        text = one.text.strip()
        matched = _DATE.match(text) if name.startswith("NGAY_") else None
        if matched:
            day, month, year, *clock = matched.groups("")
            text = f"{year}{month}{day}{''.join(clock)}"
        made.children.append(Element(name, text))
    return BlockRow(table, number, made, paths, otherwise)
