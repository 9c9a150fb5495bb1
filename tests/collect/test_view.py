"""A view in a hospital's database: every row's report is taken, none skipped, and the gateway has each once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from gateway.collect import view as view_module
from gateway.collect.collector import Fate, Told
from gateway.collect.view import ViewCollector
from gateway.errors import GatewayError, SourceUnavailable
from gateway.store.resources import current
from gateway.store.tables import resource
from tests.collect.lis import Lis, collector
from tests.collect.site import NOT_NOW, Site


@pytest.fixture
def lis(database_url: str) -> Iterator[Lis]:
    made = Lis(database_url)
    yield made
    made.close()


class Desk:
    """The collector of a test, made again as a new process would make it."""

    def __init__(self, lis: Lis, site: Site, state: Path) -> None:
        self._lis, self._site, self._state = lis, site, state
        self._open: list[ViewCollector] = []

    def made(self, **changes: Any) -> ViewCollector:
        self.close()
        self._open.append(collector(self._lis, self._site.door(), self._state, **changes))
        return self._open[-1]

    def close(self) -> None:
        while self._open:
            self._open.pop().close()


@pytest.fixture
def desk(lis: Lis, site: Site, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(lis, site, tmp_path / "state" / "lis")
    yield made
    made.close()


def fates(one: ViewCollector) -> Counter[Fate]:
    return Counter(told.fate for told in one.once())


def reports(site: Site) -> list[str]:
    """Which reports were posted, in order."""
    return [post.decode().splitlines()[1].partition(",")[0] for post in site.posts]


def fresh(site: Site, *names: str) -> list[str]:
    """Report numbers nobody has used: the gateway is shared."""
    return [f"{name}-{next(site.numbers)}" for name in names]


def standing(site: Site) -> float:
    """The value of the newest result, as the gateway shows it."""
    newest = select(resource.c.id).where(resource.c.type == "Observation").order_by(resource.c.rid.desc()).limit(1)
    with site.parts.store.read() as connection:
        found = current(connection, "Observation", connection.execute(newest).scalar_one())
    assert found is not None
    return float(json.loads(found.body)["valueQuantity"]["value"])


def test_the_rows_of_a_report_are_one_payload_in_one_form_which_the_gateway_takes(
    lis: Lis, site: Site, desk: Desk
) -> None:
    (a,) = fresh(site, "A")
    lis.add(2, a, don_vi=None)
    lis.add(1, a, ten_xn='Glucose "đói", máu', don_vi="")
    assert list(desk.made().once()) == [Told(Fate.TAKEN)]
    head, first, second = site.posts[0].decode().split("\r\n")[:3]
    assert head == "so_phieu,ma_bn,ho_ten,ma_xn,ten_xn,ket_qua,don_vi,ngay_kq"
    value, at = ("5.1", "2026-11-23 08:00:00") if lis.sqlite else ("5.10", "2026-11-23T08:00:00")
    assert first == f'{a},BN-{a},NGUYỄN THỊ MẪU,T1,"Glucose ""đói"", máu",{value},"",{at}'
    assert second == f"{a},BN-{a},NGUYỄN THỊ MẪU,T2,Test 2,{value},,{at}"
    assert site.exchanges_of(hashlib.sha256(site.posts[0]).hexdigest()) == 1


def test_what_was_taken_is_not_taken_again_and_a_changed_row_brings_its_whole_report(
    lis: Lis, site: Site, desk: Desk
) -> None:
    a, b = fresh(site, "A", "B")
    lis.add(1, a)
    lis.add(2, a, minute=1)
    lis.add(3, b, minute=2)
    one = desk.made()
    assert fates(one) == {Fate.TAKEN: 2}
    assert fates(one) == {}
    assert fates(desk.made()) == {}, "nor after a restart"
    later = "2026-11-23 08:05:00"
    lis.say(f"UPDATE results SET ket_qua = 6.20, updated = '{later}' WHERE id = 1")
    assert fates(desk.made()) == {Fate.TAKEN: 1}
    assert site.posts[-1].count(b"\r\n") == 3, "both its rows"
    assert reports(site) == [a, b, a]


def test_a_correction_that_is_taken_back_is_news_and_no_repetition(lis: Lis, site: Site, desk: Desk) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    assert fates(desk.made()) == {Fate.TAKEN: 1}
    for minute, value in enumerate(["51.00", "5.10", "51.00"], 1):
        lis.say(f"UPDATE results SET ket_qua = {value}, updated = '2026-11-23 08:0{minute}:00' WHERE id = 1")
        assert fates(desk.made()) == {Fate.TAKEN: 1}
        assert standing(site) == float(value)
    assert len(set(site.posts)) == 4
    assert [site.exchanges_of(hashlib.sha256(post).hexdigest()) for post in site.posts] == [1] * 4
    assert site.posts[2] == site.posts[0] + b"\r\n"
    lis.say("UPDATE results SET updated = '2026-11-23 08:09:00' WHERE id = 1")
    assert fates(desk.made()) == {Fate.TAKEN: 1}
    assert site.posts[-1] == site.posts[-2], "written again as it was: the same bytes"


def test_a_correction_whose_answer_was_lost_may_stand_there_and_is_taken_back_all_the_same(
    lis: Lis, site: Site, desk: Desk
) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    assert fates(desk.made()) == {Fate.TAKEN: 1}
    lis.say("UPDATE results SET ket_qua = 51, updated = '2026-11-23 08:01:00' WHERE id = 1")
    site.script.append(NOT_NOW)
    with pytest.raises(GatewayError):
        fates(desk.made())
    lis.say("UPDATE results SET ket_qua = 5.10, updated = '2026-11-23 08:02:00' WHERE id = 1")
    assert fates(desk.made()) == {Fate.TAKEN: 1}
    assert site.posts[2] == site.posts[0] + b"\r\n"


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_rows_of_one_moment_are_neither_skipped_nor_doubled_wherever_a_page_ends(
    lis: Lis, site: Site, desk: Desk, page: int
) -> None:
    names = fresh(site, *"ABCDE")
    for number, name in enumerate(names):
        lis.add(number, name)
    one = desk.made(page_rows=page)
    assert fates(one) == {Fate.TAKEN: 5}
    (more,) = fresh(site, "F")
    lis.add(9, more)
    assert fates(desk.made(page_rows=page, overlap=0)) == {Fate.TAKEN: 1}
    assert sorted(reports(site)) == sorted([*names, more])


def test_a_transaction_that_commits_late_is_met_within_the_overlap(lis: Lis, site: Site, desk: Desk) -> None:
    early, late, lost = fresh(site, "E", "L", "X")
    lis.add(1, early, minute=30)
    one = desk.made()
    assert fates(one) == {Fate.TAKEN: 1}
    lis.add(2, late, minute=21)
    lis.add(3, lost, minute=19)  # further back than ten minutes: as the hospital's own commits never are
    assert fates(one) == {Fate.TAKEN: 1}
    assert reports(site) == [early, late]


def test_while_the_gateway_is_away_the_mark_stays_and_what_it_had_taken_is_not_posted_again(
    lis: Lis, site: Site, desk: Desk
) -> None:
    names = fresh(site, *"ABC")
    for number, name in enumerate(names):
        lis.add(number, name, minute=number * 60)
    one = desk.made()
    looked = one.once()
    assert next(looked).fate is Fate.TAKEN
    site.script.append(NOT_NOW)
    with pytest.raises(GatewayError):
        next(looked)
    assert fates(desk.made()) == {Fate.TAKEN: 2}
    assert reports(site) == [names[0], names[1], names[1], names[2]]


def test_a_report_the_gateway_fails_at_holds_the_mark_back_and_the_others_go_on(
    lis: Lis, site: Site, desk: Desk
) -> None:
    fault = {"severity": "fatal", "code": "exception", "details": {"coding": [{"code": "http-unexpected"}]}}
    failing = (500, json.dumps({"resourceType": "OperationOutcome", "issue": [fault]}).encode())
    names = fresh(site, *"ABC")
    for number, name in enumerate(names):
        lis.add(number, name, minute=number * 60)
    one = desk.made(page_rows=1)
    site.script.append(failing)
    assert fates(one) == {Fate.LEFT: 1, Fate.TAKEN: 2}
    assert [told.rule for told in one.once()] == ["collect-left-before"], "not at once again"
    assert fates(desk.made(page_rows=1)) == {Fate.TAKEN: 1}
    assert reports(site) == [*names, names[0]]


def test_what_the_gateway_refuses_lies_aside_with_the_reason_and_the_mark_moves(
    lis: Lis, site: Site, desk: Desk, tmp_path: Path
) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    one = desk.made(columns=["so_phieu", "ma_bn"])
    assert fates(one) == {Fate.REFUSED: 1}
    digest = hashlib.sha256(site.posts[0]).hexdigest()
    aside = tmp_path / "state" / "lis" / "refused"
    assert (aside / f"{digest}.csv.txt").read_bytes() == site.posts[0]
    told = json.loads((aside / f"{digest}.csv.txt.outcome.json").read_bytes())
    assert (told["payload_sha256"], told["status"]) == (digest, 400)
    assert fates(one) == {}


def test_a_column_renamed_overnight_stops_it_and_is_named_with_the_one_that_looks_like_it(
    lis: Lis, site: Site, desk: Desk
) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    one = desk.made()
    lis.say("DROP VIEW v_results", "ALTER TABLE results RENAME COLUMN ket_qua TO ketqua",
            "CREATE VIEW v_results AS SELECT * FROM results")  # fmt: skip
    with pytest.raises(SourceUnavailable, match="no column ket_qua; ketqua looks like it"):
        fates(one)
    lis.say("DROP VIEW v_results", "ALTER TABLE results RENAME COLUMN ketqua TO ket_qua",
            "CREATE VIEW v_results AS SELECT * FROM results")  # fmt: skip
    assert fates(one) == {Fate.TAKEN: 1}, "and nothing was lost meanwhile"


def test_rows_without_a_mark_or_a_key_are_said_and_one_without_a_report_is_a_report_alone(
    lis: Lis, site: Site, desk: Desk
) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    lis.add(2, a, so_phieu=None)
    lis.add(3, a, so_phieu=None)
    one = desk.made()
    assert len([told for told in one.once() if told.fate is not Fate.LEFT]) == 3
    lis.add(4, a, updated=None)
    one = desk.made()
    assert list(one.once()) == [Told(Fate.LEFT, "source-null")]
    assert [issue.rule for issue in one.check()] == ["source-null"]


def test_rows_that_name_no_report_are_not_read_without_an_end_and_the_other_reports_go_on(
    lis: Lis, site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = LogCapture()
    monkeypatch.setattr(view_module, "log", wrap_logger(None, [logged], wrapper_class=BoundLogger))
    monkeypatch.setattr(view_module, "LONGEST_REPORT", 2)
    long, b, c = fresh(site, "A", "B", "C")
    for number in range(3):
        lis.add(number, long)
    lis.add(7, b, minute=30)
    one = desk.made(page_rows=1)
    first = list(one.once())
    assert {told.rule for told in first if told.fate is Fate.LEFT} >= {"source-report-too-long"}
    assert [told for told in first if told.fate is not Fate.LEFT] == [Told(Fate.TAKEN)]
    assert any("do not name one report" in entry.get("text", "") for entry in logged.entries)
    lis.add(8, c, minute=60)
    assert {told.rule for told in one.once()} == {"collect-left-before", ""}, "not read at once again"
    assert reports(site) == [b, c]
    lis.say("DELETE FROM results WHERE id = 0")
    assert fates(desk.made()) == {Fate.TAKEN: 1}, "the mark was held back"
    assert reports(site) == [b, c, long]


def test_an_empty_text_names_no_report_and_no_row(lis: Lis, site: Site, desk: Desk) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a, so_phieu="")
    lis.add(2, a, so_phieu="")
    assert Counter(told.fate for told in desk.made().once() if told.fate is not Fate.LEFT).total() == 2
    lis.add(3, a, ma_xn="")
    one = desk.made(key=["ma_xn"])
    assert [issue.rule for issue in one.check()] == ["source-null"]
    assert Told(Fate.LEFT, "source-null") in list(one.once())


def test_a_second_collector_of_that_name_and_a_memory_that_cannot_be_read_stop_it(
    lis: Lis, site: Site, desk: Desk, tmp_path: Path
) -> None:
    one = desk.made()
    assert fates(one) == {}
    second = collector(lis, site.door(), tmp_path / "state" / "lis")
    with pytest.raises(SourceUnavailable, match="Another collector"):
        fates(second)
    for broken in ("", "[]", '{"mark": 3}', '{"mark": ["int", "x"], "seen": []}'):
        (tmp_path / "state" / "lis" / "mark.json").write_text(broken)
        with pytest.raises(SourceUnavailable, match=r"mark\.json"):
            fates(desk.made())


# ---- a database that does not do as it is asked ------------------------------------------


def test_a_view_that_is_locked_is_left_alone_within_the_time_allowed(lis: Lis, site: Site, desk: Desk) -> None:
    (a,) = fresh(site, "A")
    lis.add(1, a)
    one = desk.made()
    lock = "BEGIN EXCLUSIVE" if lis.sqlite else "LOCK TABLE results IN ACCESS EXCLUSIVE MODE"
    with lis.engine.connect() as connection:
        connection.execute(text(lock))
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            fates(one)
        connection.rollback()
    assert fates(one) == {Fate.TAKEN: 1}


def test_a_view_that_computes_without_an_end_is_broken_off(lis: Lis, desk: Desk) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
        " SELECT count(*) AS slow FROM n"
    )
    lis.say(f"CREATE VIEW v_slow AS SELECT results.*, s.slow FROM results, ({endless}) s")
    lis.add(1, "A")
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        fates(desk.made(view="v_slow", columns=["so_phieu", "slow"]))


def test_what_is_read_cannot_be_written_through_it(lis: Lis, desk: Desk) -> None:
    one = desk.made()
    with pytest.raises(SourceUnavailable), one._source.reading() as reading:
        reading._connection.execute(text("DELETE FROM results"))


def test_a_view_that_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(SourceUnavailable, match="no view v_other"):
        fates(desk.made(view="v_other"))
