"""What lies in a laboratory's folder one morning and cannot be read: refused, said which and why, nothing lost."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from gateway.collect.collector import Fate
from gateway.collect.folder import Folder, Watch
from tests.collect.site import Site

HEADER = "so_phieu;ma_bn;ho_ten;ma_xn;ten_xn;ket_qua;don_vi;ngay_kq"
NAME = "NGUYỄN THỊ BÍ MẬT"


def table(number: int, header: str = HEADER, day: str = "2026-11-23T08:00:00") -> bytes:
    return f"{header}\nBT{number};BN{number};{NAME};GLU;Glucose;7.2;mmol/L;{day}\n".encode()


def package(**parts: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            file.writestr(name, b"<a/>")
        for name, content in parts.items():
            file.writestr(f"xl/{name}", content)
    return made.getvalue()


BAD: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "a column renamed overnight": (
        "a.csv", lambda: table(1, HEADER.replace("don_vi", "don_v")), "table-column-renamed", "column don_vi",
    ),
    "a column that is gone": (
        "a.csv", lambda: table(2, HEADER.replace("ket_qua", "k")), "table-column-gone", "column ket_qua",
    ),
    "macros": ("a.xlsm", lambda: package(**{"vbaProject.bin": b"x"}), "table-macros", ""),
    "a zip bomb": ("a.xlsx", lambda: package(sheet1=bytes(60 << 20)), "table-workbook-too-large", ""),
    "half a workbook": ("a.xlsx", lambda: package(sheet1=b"<a/>" * 999)[:-40], "table-workbook-broken", ""),
    "quotes that do not match": ("a.csv", lambda: table(3).replace(b"Glucose", b'"Glucose'), "table-quotes", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=str)
def test_a_table_that_cannot_be_read_lies_in_refused_with_its_reason_and_the_others_are_taken(
    site: Site, inbox: Path, case: str
) -> None:
    name, made, rule, place = BAD[case]
    bad, good = made(), table(100 + list(BAD).index(case))
    (inbox / name).write_bytes(bad)
    (inbox / "good.csv").write_bytes(good)
    folder = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    assert Counter(told.fate for told in folder.once()) == {Fate.REFUSED: 1, Fate.TAKEN: 1}
    assert (inbox / "refused" / name).read_bytes() == bad
    outcome = (inbox / "refused" / f"{name}.outcome.json").read_text("utf-8")
    issues = json.loads(outcome)["outcome"]["issue"]
    assert any(rule in json.dumps(issue) and place in json.dumps(issue) for issue in issues), issues
    assert NAME not in outcome
    assert [site.exchanges_of(sha256(one).hexdigest()) for one in (bad, good)] == [0, 1]
    assert list(folder.once()) == []
    folder.close()


def test_a_day_written_as_a_spreadsheets_serial_number_is_held_and_never_taken_for_a_date(
    site: Site, inbox: Path
) -> None:
    serial = table(200, day="46349.3333")
    (inbox / "a.csv").write_bytes(serial)
    folder = Folder("lab", Watch(inbox, settle_seconds=0), site.door())
    assert Counter(told.fate for told in folder.once()) == {Fate.TAKEN: 1}
    folder.close()
    outcome = json.loads((inbox / "done" / "a.csv.outcome.json").read_bytes())
    (exchange,) = outcome["exchanges"]
    assert exchange["status"] == "held"
    assert any("date-form-unknown" in json.dumps(issue) for issue in exchange["outcome"]["issue"])
