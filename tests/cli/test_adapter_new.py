"""``gateway adapter new``: from an unknown table to a mapping file that is checked, in a few commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

TABLE = """STT;Mã BN;Họ và tên;Khoa;Số phiếu;Ngày lấy mẫu;Tên XN;Kết quả;Đơn vị
1;BN77;Lê Thị Ánh;Nội;P1;15/11/2026 07:30;Glucose;7,2;mmol/L
2;BN77;Lê Thị Ánh;Nội;P1;15/11/2026 07:30;CRP;<5;mg/L
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(TABLE, "utf-8")
    return "export.csv"


def test_a_table_becomes_a_mapping_file_a_sample_and_a_test_once_its_columns_are_decided(
    terminal: Terminal, table: str
) -> None:
    ran = terminal.well("adapter", "new", "xn-thu", "--from", table)
    assert ran.lines[0]["undecided"] == ["Khoa"]
    file, sample = Path("xn-thu/xn-thu.toml"), Path("xn-thu/samples/xn-thu.csv")
    assert "Ánh" not in sample.read_text("utf-8")
    refused = terminal("adapter", "expect", "--mapping", str(file), str(sample))
    assert refused.code == 2
    assert "unplaced.Khoa" in refused.err
    file.write_text(file.read_text("utf-8").replace('"Khoa" = "?"', '"Khoa" = "nơi gửi mẫu"'), "utf-8")
    assert terminal.well("adapter", "expect", "--mapping", str(file), str(sample)).lines[0]["state"] == "written"
    checked = terminal.well("adapter", "check", "--mapping", str(file), str(sample))
    assert [(one["clause"], one["verdict"]) for one in checked.lines] == [(clause, "pass") for clause in range(1, 8)]
    (real,) = terminal.well("translate", "--facility", "79001", "--mapping", str(file), table).lines
    quantities = [one["resource"].get("valueQuantity", {}) for one in real["bundle"]["entry"]]
    assert [one["comparator"] for one in quantities if "comparator" in one] == ["<"]
    again = terminal("adapter", "new", "xn-thu", "--from", table)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_a_payload_that_needs_no_mapping_file_is_wrong_usage(terminal: Terminal, table: str) -> None:
    Path("a.json").write_text('{"resourceType": "Patient", "id": "1"}', "utf-8")
    Path("b.bin").write_bytes(b"\x00\x01")
    for path in ("a.json", "b.bin", "nowhere.csv"):
        assert terminal("adapter", "new", "xn", "--from", path).code in (1, 2)
    assert not Path("xn").exists()
