"""A field of the newest decision counts as placed when a record with it set, then changed, shows both."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.bhyt import table_maps as maps
from adapters.bhyt.account import NOT_YET
from adapters.bhyt.coverage import trial
from adapters.bhyt.coverage.account import NOTHING_SHOWN, covered
from adapters.bhyt.coverage.trial import payload, rows_of, shown_at
from adapters.bhyt.coverage.witnesses import load_witnesses, witnesses
from adapters.bhyt.layouts import layouts
from adapters.bhyt.table_maps import table_maps
from gateway.coverage import State
from gateway.errors import SettingsError
from gateway.r4 import check
from tests.bhyt.building import translated


@pytest.mark.parametrize("table", table_maps())
def test_every_field_of_a_translated_table_is_seen_where_its_row_says_or_listed_with_a_reason(table: str) -> None:
    found = list(covered(table))
    assert {one.row for one in found} == layouts()[-1].fields[table]
    assert [(one.row, one.why) for one in found if one.state is State.NOT_YET] == []
    assert [one.row for one in found if not (one.at or one.why)] == []


@pytest.mark.parametrize("table", table_maps())
def test_what_the_records_of_a_table_become_passes_the_r4_check_and_is_not_held(table: str) -> None:
    for record in witnesses(table):
        made = translated(payload(rows_of(table, record)))
        assert [issue for issue in check(made.bundle()) if issue.refuses] == []
        assert not made.held


def test_a_field_whose_row_is_taken_away_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    (record,) = witnesses("XML1")
    assert shown_at("XML1", record, "DIA_CHI") == ["Patient.address.text"]
    rows = tuple(row for row in maps.table_rows("XML1") if row.row.field != "DIA_CHI")
    monkeypatch.setattr("adapters.bhyt.summary.table_rows", lambda table: rows)
    trial._translated.cache_clear()
    assert shown_at("XML1", record, "DIA_CHI") == []
    trial._translated.cache_clear()


def test_a_field_no_record_shows_and_a_table_without_a_map_are_not_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.bhyt.coverage.account.witnesses", lambda table: ())
    assert {one.why for one in covered("XML2") if one.state is State.NOT_YET} == {NOTHING_SHOWN}
    monkeypatch.setattr("adapters.bhyt.coverage.account.table_maps", dict)
    assert {(one.state, one.why) for one in covered("XML1")} == {(State.NOT_YET, NOT_YET)}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[[record]]\n[record.says]\nMA_BN = ["1", "1"]', "MA_BN"),
        ('[[record]]\n[record.says]\nMA_BM = "1"', "XML1.MA_BM"),
        ('[[record]]\n[record.says]\nMA_BN = "1"\n[record.with.XML3]\nMA_BN = "1"', "XML3.MA_BN"),
        ("[[records]]", "records"),
    ],
)
def test_a_file_of_records_that_is_wrong_says_where(tmp_path: Path, text: str, wrong: str) -> None:
    file = tmp_path / "XML1.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=wrong) as refused:
        load_witnesses(file, "XML1")
    assert [(issue.rule, issue.expression) for issue in refused.value.issues] == [("mapping-malformed", file.name)]
