"""What real payloads count as, from the door to the figures, on both databases."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import GatewayError, SenderError
from gateway.facility import Facility
from gateway.quality.figures import Period
from gateway.quality.placing import in_table
from gateway.quality.reading import Cause, Read
from gateway.store import Connection, quality_figures
from gateway.store import quality as store_quality
from tests.intake.world import HOSPITAL, LAB, START, World
from tests.quality.sent import MONTH, causes, quality, ratios, report, total

SAMPLES = Path(__file__).parents[2] / "adapters"
COMMA = (SAMPLES / "bhyt" / "samples" / "decimal-comma.xml").read_bytes()


def test_a_report_with_all_that_is_asked_for_is_correct_complete_clean_and_live(world: World) -> None:
    world.take(report())
    made = quality(world)
    assert ratios(made.total) == [(1, 1)] * 4
    assert (made.total.records, made.total.results, made.total.reports) == (1, 1, 1)
    assert made.costs == ()


@pytest.mark.parametrize(
    ("left_out", "rule"),
    [
        ({"obx6": ""}, "quality-result-without-unit"),
        ({"obx7": ""}, "quality-result-without-range"),
        ({"obx16": ""}, "quality-result-without-performer"),
        ({"obr7": ""}, "quality-result-without-time"),
        ({"obr22": ""}, "quality-result-without-issued"),
        ({"obx3": "^Glucose"}, "quality-result-without-code"),
        ({"pid3": "BN1^^^79001^MR"}, "quality-patient-without-number"),
    ],
)
def test_what_a_result_lacks_is_counted_and_named(world: World, left_out: dict[str, str], rule: str) -> None:
    world.take(report(changed=left_out))
    made = quality(world)
    assert (made.total.complete.met, made.total.complete.of) == (0, 1)
    assert rule in causes(made)
    assert causes(made)[rule] == (1, 0)


def test_where_something_lacks_is_told_by_the_segment_that_told_of_the_result(world: World) -> None:
    world.take(report(changed={"obx6": ""}))
    (cost,) = (one for one in quality(world).costs if one.rule == "quality-result-without-unit")
    assert cost.place == "OBX[1]: Observation.valueQuantity.unit"


def test_a_code_nobody_mapped_is_not_clean_and_takes_nothing_else(world: World) -> None:
    world.take(report(changed={"obx3": "GLU^Glucose^L"}))
    made = quality(world)
    assert ratios(made.total)[2] == (0, 1)
    assert causes(made)["quality-code-local"] == (1, 0)
    assert made.total.correct.met == 1


def test_a_remark_that_asks_for_nothing_is_no_cause(world: World) -> None:
    """A bound in a number's field is kept as a bound, and said so as information."""
    (line,) = world.take(report(changed={"obx5": "<5"})).exchanges
    assert "hl7v2-value-with-comparator" in world.exchange(line["id"])["rules"]
    made = quality(world)
    assert made.costs == ()
    assert ratios(made.total) == [(1, 1)] * 4


def test_what_an_adapter_finds_missing_counts_against_a_result(world: World) -> None:
    """The report has no status; its result has all it needs."""
    world.take(report(changed={"obr25": ""}))
    made = quality(world)
    assert causes(made) == {"hl7v2-report-status-missing": (1, 0)}
    assert ratios(made.total) == [(1, 1), (0, 1), (1, 1), (1, 1)]


def test_a_payload_refused_twice_at_the_same_moment_counts_once_and_each_hears_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either had written."""
    data = report(changed={"pid3": "", "pid5": ""})
    with pytest.raises(SenderError):
        world.take(data)
    monkeypatch.setattr(store_quality._REFUSED, "value", lambda *_, **__: None)
    with pytest.raises(SenderError, match="names no patient"):
        world.take(data)
    assert world.audit().count("payload-refused") == 2
    assert total(world).records == 1


def test_a_held_record_is_not_correct_and_its_reason_kept_its_results_from_use(world: World) -> None:
    world.take(COMMA, HOSPITAL)
    made = quality(world, facility=HOSPITAL)
    assert (made.total.correct.met, made.total.correct.of) == (0, 1)
    (cost,) = (one for one in made.costs if one.rule == "value-number-ambiguous")
    assert (cost.kept_out, cost.results, cost.where.dimension) == (1, made.total.results, "clean")
    assert cost.place.startswith("XML4[")
    assert made.costs[0] == cost


def test_what_a_person_releases_counts_as_it_came(world: World) -> None:
    (line,) = world.take(COMMA, HOSPITAL).exchanges
    before = quality(world, facility=HOSPITAL).total
    world.intake.release(line["id"], "looked at", actor="test")
    assert quality(world, facility=HOSPITAL).total == before


def test_a_record_held_for_its_order_number_names_that_rule(world: World) -> None:
    world.take(report(1))
    world.take(report(2, changed={"obr2": "P1^HIS", "obr3": "F1^LIS"}))
    assert causes(quality(world))["order-number-reused"] == (1, 1)


def test_a_payload_refused_whole_counts_once_however_often_it_comes(world: World) -> None:
    for _ in range(3):
        with pytest.raises(SenderError, match="names no patient"):
            world.take(report(changed={"pid3": "", "pid5": ""}))
    assert world.audit().count("payload-refused") == 3
    made = quality(world)
    assert ratios(made.total) == [(0, 1), (0, 0), (0, 0), (0, 0)]
    assert causes(made) == {"patient-missing": (1, 1)}
    assert set(made.by_format) == {"hl7v2"}


def test_a_payload_nobody_can_read_counts_as_a_record_of_no_format(world: World) -> None:
    with pytest.raises(GatewayError):
        world.take(b"what is this")
    made = quality(world)
    assert set(made.by_format) == {""}
    assert causes(made) == {"adapter-none-claims": (1, 1)}


def test_a_payload_that_was_refused_counts_no_more_once_it_is_taken(world: World) -> None:
    """The hospital's other code is registered as a name its systems write; then the same bytes stand."""
    with pytest.raises(SenderError):
        world.take(report(changed={"msh4": "01999"}))
    assert total(world).correct.met == 0
    world.change(Facility(LAB, "Facility 79001", aliases=("01999",)))
    world.take(report(changed={"msh4": "01999"}))
    made = quality(world)
    assert ratios(made.total)[0] == (1, 1)
    assert made.costs == ()


def test_the_same_payload_again_changes_nothing(world: World) -> None:
    world.take(report())
    before = quality(world)
    world.take(report())
    assert quality(world) == before


def test_of_records_that_tell_the_same_report_only_the_newest_counts(world: World) -> None:
    """A preliminary word, a final one without a unit, the corrected one: one record of one result."""
    at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    world.take(report(changed={"obr25": "P", "obx11": "P"}))
    world.take(report(issued=at + timedelta(minutes=10), changed={"obx6": ""}))
    assert causes(quality(world)) == {"quality-result-without-unit": (1, 0)}
    world.take(report(issued=at + timedelta(minutes=20), changed={"obr25": "C", "obx11": "C"}))
    made = quality(world)
    assert ratios(made.total) == [(1, 1)] * 4
    assert made.costs == ()


def test_a_message_taken_away_changes_what_it_brought_and_nothing_else(world: World, other: World) -> None:
    for number in range(1, 6):
        for each in (world, other):
            if each is world or number != 3:
                each.take(report(number, changed={"obx6": "" if number == 3 else "mmol/L"}))
    one, without = quality(world), quality(other)
    assert one.total.records - without.total.records == 1
    assert ratios(one.total) == [(5, 5), (4, 5), (5, 5), (5, 5)]
    assert ratios(without.total) == [(4, 4)] * 4
    assert set(causes(one)) - set(causes(without)) == {"quality-result-without-unit"}


@pytest.fixture
def other(empty_tables: Path, tmp_path: Path) -> World:
    folder = tmp_path / "other"
    folder.mkdir()
    return World.opened(f"sqlite:///{folder}/gateway.db", folder)


def test_sunday_seventeen_hours_utc_is_monday_in_viet_nam(world: World) -> None:
    world.tick = timedelta()
    world.at = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)
    world.take(report(1))
    world.at = datetime(2026, 11, 22, 17, 0, 0, tzinfo=UTC)
    world.take(report(2))
    weeks = {week: one.records for week, one in quality(world).by_week.items() if one.records}
    assert weeks == {date(2026, 11, 16): 1, date(2026, 11, 23): 1}
    assert quality(world).heard.days == 2


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(world: World) -> None:
    world.tick = timedelta()
    world.at = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)
    world.take(report(1))
    edge = world.at
    assert total(world, period=Period(edge, edge + timedelta(seconds=1))).records == 1
    assert total(world, period=Period(edge - timedelta(days=1), edge)).records == 0


@pytest.mark.parametrize(("hours", "met"), [(24, 1), (24.001, 0)])
def test_live_is_within_the_hours_that_are_asked_for(world: World, hours: float, met: int) -> None:
    world.tick = timedelta()
    issued = world.at - timedelta(hours=hours)
    world.take(report(issued=issued))
    made = quality(world)
    assert (made.total.live.met, made.total.live.of) == (met, 1)
    assert ("quality-late" in causes(made)) is not met
    assert total(world, late_after=timedelta(hours=25)).live.met == 1


def test_half_and_nine_in_ten_are_of_nearest_rank(world: World) -> None:
    world.tick = timedelta()
    for number in range(1, 11):
        world.take(report(number, issued=world.at - timedelta(minutes=number)))
    made = quality(world)
    assert (made.lag.median, made.lag.p90) == (5 * 60, 9 * 60)
    assert made.lag_by_format["hl7v2"] == made.lag


def test_a_clock_that_is_ahead_is_no_delay(world: World) -> None:
    world.take(report(issued=world.at + timedelta(hours=2)))
    assert quality(world).lag.median == 0


def test_what_the_samples_count_as_adds_up_and_is_placed(world: World) -> None:
    """Every sample of the project through the real way in, by both facilities: good ones and bad ones."""
    paths = [path for kind in ("hl7v2", "bhyt") for path in (SAMPLES / kind / "samples").iterdir()]
    for path in sorted(path for path in paths if path.suffix in (".hl7", ".xml")):
        for code in (LAB, HOSPITAL):
            with suppress(GatewayError):
                world.take(path.read_bytes(), code)
    for code in (LAB, HOSPITAL):
        made = quality(world, facility=code)
        assert made.total.records > 10
        for parts in (made.by_format, made.by_week):
            added = [sum(getattr(one, name) for one in parts.values()) for name in ("records", "results", "reports")]
            assert added == [made.total.records, made.total.results, made.total.reports]
            for name in made.total.four:
                assert sum(one.four[name].met for one in parts.values()) == made.total.four[name].met
                assert sum(one.four[name].of for one in parts.values()) == made.total.four[name].of
        for counts in (made.total, *made.by_format.values(), *made.by_week.values()):
            assert all(0 <= ratio.met <= ratio.of for ratio in counts.four.values())
            assert all(ratio.share is None or 0 <= ratio.share <= 1 for ratio in counts.four.values())
        assert [one.rule for one in made.costs if one.where.dimension == "none"] == []
        assert {one.rule: len(in_table(one.rule)) for one in made.costs} == {one.rule: 1 for one in made.costs}
        assert all(one.records <= made.total.records and one.kept_out <= one.records for one in made.costs)


def test_the_facilities_do_not_mix(world: World) -> None:
    world.take(report())
    assert total(world, facility=HOSPITAL).records == 0
    with world.store.read() as connection:
        assert {one.facility for one in quality_figures.cells(connection, MONTH, timedelta(hours=24))} == {LAB}


def test_a_week_later_is_another_week_and_the_days_between_are_silent(world: World) -> None:
    world.take(report(1))
    world.at += timedelta(days=7)
    world.take(report(2))
    made = quality(world)
    assert [one.records for one in made.by_week.values() if one.records] == [1, 1]
    assert made.silent_days == MONTH.days - 2


def test_a_place_is_told_without_signs_that_a_terminal_would_obey(world: World) -> None:
    def work(connection: Connection) -> None:
        cause = Cause("json-record-field-gone", 1, True, "a\x1b[2J\x00\ud800.b", {"name": "c\x9b2J", "number": 7})
        store_quality.add_refused(connection, LAB, "0" * 64, "", START, Read(False, None, causes=(cause,)))

    world.store.write(work)
    (cost,) = quality(world).costs
    assert (cost.place, cost.said) == ("a\ufffd[2J\ufffd\ufffd.b", {"name": "c\ufffd2J", "number": 7})
