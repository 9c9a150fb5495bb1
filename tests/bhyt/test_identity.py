"""The id of a result comes from what its own row says: what stands beside it, and where, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, Translation, split, translate
from gateway.bundle import Resource
from gateway.revision import result_times
from tests.bhyt.building import (
    IMAGING_RESULT,
    RESULT,
    SERVICE,
    SUMMARY,
    Row,
    envelope,
    hoso_xml,
    of_type,
    one,
    payload,
    rules,
    translated,
)

PLAIN = {**SUMMARY, "CAN_NANG": "", "NHOM_MAU": ""}
AT_EIGHT = RESULT | {"NGAY_KQ": "202611150800", "GIA_TRI": "8.8"}
AT_SEVEN = RESULT | {"NGAY_KQ": "202611150700", "GIA_TRI": "7.7"}
AWAITED = RESULT | {"NGAY_KQ": "", "GIA_TRI": ""}


def sent(*results: Row, services: Sequence[Row] = ()) -> Translation:
    return translated(payload(PLAIN, services=services, results=results))


def by_id(translation: Translation, kind: str = "Observation") -> dict[str, Resource]:
    found = of_type(translation, kind)
    made = {item["id"]: item for item in found}
    assert len(made) == len(found)
    return made


def values(translation: Translation) -> dict[str, str]:
    """Observation id → its number as written, "" while awaited."""
    return {
        key: item["valueQuantity"]["value"].token if "valueQuantity" in item else ""
        for key, item in by_id(translation).items()
    }


# ---- one payload and the next ---------------------------------------------------------


@pytest.mark.parametrize("second", [(AT_SEVEN, AT_EIGHT), (AT_EIGHT, AT_SEVEN)])
def test_an_earlier_result_told_later_takes_no_other_results_id(second: tuple[Row, ...]) -> None:
    before, after = sent(AT_EIGHT), sent(*second)
    (eight,) = values(before)
    assert values(after)[eight] == "8.8"
    assert sorted(values(after).values()) == ["7.7", "8.8"]
    (report,) = by_id(before, "DiagnosticReport")
    assert by_id(after, "DiagnosticReport")[report] == by_id(before, "DiagnosticReport")[report]


def test_a_part_of_the_episode_sent_alone_replaces_nothing() -> None:
    assert not set(values(sent(AT_EIGHT))) & set(values(sent(AT_SEVEN)))


def test_a_corrected_value_at_its_time_is_the_same_result() -> None:
    assert set(values(sent(AT_EIGHT | {"GIA_TRI": "9.9"}, AT_SEVEN))) == set(values(sent(AT_SEVEN, AT_EIGHT)))


def test_an_awaited_result_beside_a_repeat_keeps_its_own_id() -> None:
    (awaited,) = values(sent(AWAITED))
    assert values(sent(AT_EIGHT, AWAITED))[awaited] == ""
    assert awaited not in values(sent(AT_EIGHT))  # the price: the awaited one stays registered


def test_a_value_without_a_time_is_the_word_on_the_one_awaited() -> None:
    (awaited,) = values(sent(AWAITED))
    assert values(sent(AWAITED | {"GIA_TRI": "5.5"}, AT_EIGHT))[awaited] == "5.5"
    assert values(sent(AWAITED, AWAITED | {"GIA_TRI": "5.5"}))[awaited] == "5.5"


def test_a_value_without_a_time_is_said() -> None:
    assert "bhyt-result-untimed" in rules(sent(AWAITED | {"GIA_TRI": "5.5"}))
    assert "bhyt-result-untimed" not in rules(sent(AWAITED, AT_EIGHT))


def test_a_value_without_a_time_does_not_borrow_an_earlier_time_of_its_service() -> None:
    """Its version would be counted older than what was said of it while another result was the latest."""
    hgb = {"MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    film = IMAGING_RESULT | {"NGAY_KQ": "202611151400"}
    untimed = AWAITED | {"GIA_TRI": "5.5"}
    before, after = sent(AWAITED, film), sent(untimed, AT_EIGHT | hgb, film)
    (same,) = set(values(before)) & {key for key, value in values(after).items() if value == "5.5"}
    earlier, later = result_times(before.bundle())[same], result_times(after.bundle())[same]
    assert earlier is not None
    assert later is not None
    assert later >= earlier


def test_an_order_keeps_its_id_when_an_earlier_one_is_told_later() -> None:
    first = SERVICE | {"NGAY_YL": "202611150600", "NGAY_TH_YL": "202611150630", "NGAY_KQ": "202611150700"}
    second = SERVICE | {"NGAY_YL": "202611150710", "NGAY_TH_YL": "202611150730", "NGAY_KQ": "202611150800"}
    before = by_id(sent(AT_EIGHT, services=[second]), "ServiceRequest")
    after = by_id(sent(AT_SEVEN, AT_EIGHT, services=[first, second]), "ServiceRequest")
    assert len(after) == 2
    for key, order in before.items():
        assert after[key] == order


def test_a_row_without_a_service_is_known_by_its_own_words() -> None:
    loose = AT_EIGHT | {"MA_DICH_VU": ""}
    other = loose | {"MA_CHI_SO": "1999002", "TEN_CHI_SO": "HGB"}
    for kind in ("Observation", "DiagnosticReport"):
        (alone,) = by_id(sent(loose), kind).items()
        for rows in ((other, loose), (loose | {"NGAY_KQ": "202611150700"}, loose), (loose, other, AT_EIGHT)):
            assert by_id(sent(*rows), kind)[alone[0]] == alone[1]


# ---- rows nothing tells apart ---------------------------------------------------------


def test_rows_of_one_indicator_and_time_are_all_shown_and_said() -> None:
    other = AT_EIGHT | {"STT": "2", "GIA_TRI": "3.3"}
    made = sent(AT_EIGHT, other)
    assert sorted(values(made).values()) == ["3.3", "8.8"]
    assert values(made) == values(sent(other, AT_EIGHT))
    assert "bhyt-results-alike" in rules(made)
    assert "bhyt-results-alike" not in rules(sent(AT_EIGHT, AT_SEVEN))


def test_a_value_goes_before_a_blank_of_the_same_key() -> None:
    blank = AT_EIGHT | {"GIA_TRI": ""}
    (eight,) = values(sent(AT_EIGHT))
    assert values(sent(blank, AT_EIGHT))[eight] == values(sent(AT_EIGHT, blank))[eight] == "8.8"


# ---- any rows -------------------------------------------------------------------------

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "MA_DICH_VU": st.sampled_from(["22.9001.0001", "22.9002.0002", ""]),
            "MA_CHI_SO": st.sampled_from(["1999001", "1999002", ""]),
            "NGAY_KQ": st.sampled_from(["202611150700", "202611150800", "20261115", ""]),
            "GIA_TRI": st.sampled_from(["1", "2", "3", ""]),
            "KET_LUAN": st.sampled_from(["", "Cao"]),
            "MA_BS_DOC_KQ": st.sampled_from(["", "000002/TEST-GPHN"]),
        }
    ).map(lambda row: RESULT | row),
    max_size=6,
)
SERVICES = st.lists(st.sampled_from([SERVICE, SERVICE | {"NGAY_KQ": "202611150800", "NGAY_TH_YL": "202611150730"}]))


def unordered(item: Resource) -> Resource:
    """A report whose lists stand in no order; the rest as it is."""
    made = dict(item)
    for name in ("result", "resultsInterpreter"):
        made[name] = sorted(part["reference"] for part in item.get(name, []))
    made["conclusion"] = sorted(item.get("conclusion", "").split("\n"))
    return made


@settings(max_examples=60, deadline=None)
@given(st.data(), ROWS, SERVICES)
def test_the_order_of_rows_changes_no_id_and_no_value(data: st.DataObject, rows: list[Row], orders: list[Row]) -> None:
    once = sent(*rows, services=orders)
    again = sent(*data.draw(st.permutations(rows)), services=data.draw(st.permutations(orders)))
    assert by_id(once) == by_id(again)
    for kind in ("DiagnosticReport", "ServiceRequest"):
        made, other = by_id(once, kind), by_id(again, kind)
        assert {key: unordered(item) for key, item in made.items()} == {
            key: unordered(item) for key, item in other.items()
        }


@settings(max_examples=60, deadline=None)
@given(st.data(), ROWS, ROWS)
def test_more_rows_take_no_id_from_a_row_that_has_its_key_alone(
    data: st.DataObject, rows: list[Row], more: list[Row]
) -> None:
    def key(row: Row) -> tuple[str, ...]:
        return row["MA_DICH_VU"], row["MA_CHI_SO"], row["NGAY_KQ"]

    together = data.draw(st.permutations([*rows, *more]))
    keys = [key(row) for row in together]
    before, after = by_id(sent(*rows)), by_id(sent(*together))
    assert set(before) <= set(after)
    for row in rows:
        if keys.count(key(row)) == 1:
            (alone,) = by_id(sent(row))
            for name in ("status", "issued", "valueQuantity", "valueString"):
                assert before[alone].get(name) == after[alone].get(name)


# ---- one episode twice ----------------------------------------------------------------


def records(*hosos: str) -> list[Translation]:
    adapter = BhytAdapter()
    return [translate(adapter, one, DefaultProfile()) for one in split(adapter, Payload(envelope(*hosos)))]


def test_a_second_hoso_of_an_episode_is_held() -> None:
    first = hoso_xml({"XML1": [PLAIN], "XML4": [AT_EIGHT]})
    other = hoso_xml({"XML1": [PLAIN], "XML4": [AT_EIGHT | {"GIA_TRI": "9.9"}]})
    stands, held = records(first, other)
    assert not stands.held
    assert [(issue.rule, issue.expression) for issue in held.holds] == [("bhyt-episode-twice", "XML1.MA_LK")]
    assert held.holds[0].parameters == {"position": 1}


def test_the_same_hoso_again_and_other_episodes_are_not_held() -> None:
    same = hoso_xml({"XML1": [PLAIN], "XML4": [AT_EIGHT]})
    other = hoso_xml({"XML1": [PLAIN | {"MA_LK": "TEST-2"}]})
    assert [made.held for made in records(same, other, same)] == [False, False, False]
    assert [made.held for made in records(same, same, hoso_xml({"XML1": [PLAIN]}))] == [False, False, True]


def test_a_broken_hoso_does_not_keep_its_neighbours_from_being_compared() -> None:
    broken = "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>@@@</NOIDUNGFILE></FILEHOSO></HOSO>"
    adapter = BhytAdapter()
    good = hoso_xml({"XML1": [PLAIN]})
    found = split(adapter, Payload(envelope(broken, good, hoso_xml({"XML1": [PLAIN], "XML4": [AT_EIGHT]}))))
    assert [translate(adapter, record, DefaultProfile()).held for record in found[1:]] == [False, True]


# ---- diagnoses and cards --------------------------------------------------------------


def test_a_card_renewed_in_the_stay_is_two_coverages() -> None:
    card = SUMMARY["MA_THE_BHYT"]
    twice = {
        "MA_THE_BHYT": f"{card};{card}",
        "GT_THE_TU": "20250101;20260101",
        "GT_THE_DEN": "20251231;20261231",
    }
    found = by_id(translated(payload(PLAIN | twice)), "Coverage").values()
    assert [item["period"]["start"] for item in found] == ["2025-01-01", "2026-01-01"]


def test_a_diagnosis_written_three_times_is_three_conditions() -> None:
    made = translated(payload(PLAIN | {"MA_BENH_KT": "E11.9;E11.9;E11.9"}))
    assert len(by_id(made, "Condition")) == 5
    assert len(one(made, "Encounter")["diagnosis"]) == 5
