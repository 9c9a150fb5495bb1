"""A PACS that is looked at: what is told once, what is told again, and what becomes of its lies."""

from __future__ import annotations

import hashlib
import json

import pytest

from gateway.collect.collector import Fate, Told
from gateway.collect.pacs import Watch
from gateway.errors import RecipientUnreachable, SourceUnavailable
from gateway.simulator.pacs import SimulatedPacs
from gateway.steps import Step, listen
from tests.collect.archive import BASE, Watched, held
from tests.collect.site import NOT_NOW

TAKEN = Fate.TAKEN


# ---- new and changed ------------------------------------------------------------------


def test_a_new_study_is_told_with_all_it_holds_and_once(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(1, images=(2, 3)))
    assert ct.look() == [Told(TAKEN)]
    (datasets,) = ct.posted
    assert len(datasets) == 1 + 2 + 5
    assert ct.taken() == 1
    assert ct.look() == []
    assert len(ct.site.posts) == 1


def test_studies_told_beside_each_other_are_each_told_once(ct: Watched, pacs: SimulatedPacs) -> None:
    ct.watch = Watch(at_once=4)
    for number in range(10, 20):
        pacs.store(held(number))
    assert ct.fates() == [TAKEN] * 10
    assert ct.taken() == len(ct.site.posts) == 10
    assert ct.look() == []


def test_a_study_that_is_as_it_was_costs_no_more_than_the_list_it_stands_in(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(2))
    ct.look()
    pacs.asked.clear()
    ct.look()
    assert [path for path in pacs.asked if "/studies/" in path] == []


def test_a_study_that_grows_is_told_again(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(3))
    ct.look()
    pacs.store(held(3, images=(2, 4)))
    assert ct.fates() == [TAKEN]
    assert [len(datasets) for datasets in ct.posted] == [4, 9]


def test_a_change_that_no_list_shows_is_found_when_the_study_is_read_again(ct: Watched, pacs: SimulatedPacs) -> None:
    one = held(4)
    pacs.store(one)
    ct.look()
    one.series[0] = {**one.series[0], "0008103E": {"vr": "LO", "Value": ["Ngực nghiêng"]}}
    ct.later(hours=1)
    assert ct.look() == []
    ct.later(hours=24)
    assert ct.fates() == [TAKEN]
    ct.later(hours=25)
    assert ct.look() == []  # read again, and the same
    assert len(ct.site.posts) == 2


def test_the_order_in_which_a_pacs_lists_things_is_no_change(ct: Watched, pacs: SimulatedPacs) -> None:
    one = held(6, images=(2, 2))
    pacs.store(one)
    ct.look()
    one.series.reverse()
    one.instances = [dict(reversed(list(each.items()))) for each in reversed(one.instances)]
    ct.later(hours=25)
    assert ct.look() == []


def test_only_the_days_looked_back_at_are_asked_for(ct: Watched, pacs: SimulatedPacs) -> None:
    ct.watch = Watch(look_back_days=2)
    for number, day in enumerate(["20261117", "20261118", "20261121", "20261122"], 70):
        pacs.store(held(number, day=day))
    assert ct.fates() == [TAKEN, TAKEN]
    assert {datasets[0]["00080020"]["Value"][0] for datasets in ct.posted} == {"20261118", "20261121"}


def test_the_pacs_own_address_is_not_told_and_the_one_for_others_is(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(8))
    ct.look()
    assert b"10.0.0.5" not in ct.site.posts[0]
    ct.watch = Watch(images_at="https://pacs.benhvien.example/dicom-web")
    ct.later(hours=25)
    assert ct.fates() == [TAKEN]
    url = ct.posted[1][0]["00081190"]["Value"]
    assert url == [f"https://pacs.benhvien.example/dicom-web/studies/{BASE}.8"]


# ---- pages ----------------------------------------------------------------------------


@pytest.mark.parametrize(("cap", "page"), [(0, 3), (2, 100), (1, 1)])
def test_all_pages_are_read_whatever_the_pacs_lists_at_once(
    ct: Watched, pacs: SimulatedPacs, cap: int, page: int
) -> None:
    pacs.cap, ct.page = cap, page
    for number in range(100, 105):
        pacs.store(held(number, images=(3, 2)))
    assert ct.fates() == [TAKEN] * 5
    assert [len(datasets) for datasets in ct.posted] == [8] * 5


def test_a_pacs_that_begins_anew_with_each_page_is_told_of_and_not_taken_for_its_first_page(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    pacs.deaf, ct.page = True, 2
    for number in range(110, 115):
        pacs.store(held(number))
    assert ct.rule() == "collect-pacs-pages"
    ct.page = 100  # all on one page
    ct.look()
    assert ct.taken() == 5


# ---- lies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("html", "collect-pacs-nonsense"),
        ("truncated", "collect-pacs-nonsense"),
        ("twice", "collect-pacs-nonsense"),
        ("endless", "collect-pacs-endless"),
        ("drip:1", "collect-pacs-silent"),
        ("drip-head:1", "collect-pacs-silent"),
        ("slow:9", "collect-pacs-silent"),
        ("hang-up", "collect-pacs-silent"),
        ("break-off", "collect-pacs-silent"),
        ("status:500", "collect-pacs-status"),
        ("status:403", "collect-pacs-not-let-in"),
        ("redirect:http://127.0.0.1:1/elsewhere", "collect-pacs-status"),
    ],
)
def test_a_list_that_is_none_ends_the_look_and_nothing_is_lost_by_it(
    ct: Watched, pacs: SimulatedPacs, behaviour: str, said: str
) -> None:
    ct.timeout_seconds = 1
    ct.watch = Watch(look_back_days=0)
    pacs.store(held(20))
    pacs.script.follow("ok", behaviour)  # tomorrow's list, then today's
    assert ct.rule() == said
    assert ct.site.posts == []
    pacs.script.follow()
    ct.timeout_seconds = 5
    ct.look()
    assert ct.taken() == 1


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("behaviour", ["html", "truncated", "status:500", "empty"])
def test_a_study_that_cannot_be_read_is_left_and_the_others_are_told(
    ct: Watched, pacs: SimulatedPacs, behaviour: str, at: int
) -> None:
    ct.watch = Watch(look_back_days=0)
    pacs.store(held(30))
    pacs.store(held(31))
    pacs.script.follow("ok*2", *["ok"] * at, behaviour)  # study, series, instances of the first
    told = ct.look()
    assert len(ct.posted) == 1
    assert ct.posted[0][0]["0020000D"]["Value"] == [f"{BASE}.31"]
    assert [one.fate for one in told if one.fate is TAKEN] == [TAKEN]
    ct.look()  # a collector begun anew has forgotten the pause
    assert ct.taken() == 2


def test_a_pacs_that_vanishes_midway_is_met_again_where_it_left(ct: Watched, pacs: SimulatedPacs) -> None:
    for number in range(40, 44):
        pacs.store(held(number))
    collector = ct.collector()
    told = iter(collector.once())
    assert next(told).fate is TAKEN
    pacs.script.follow("hang-up*")
    with pytest.raises(SourceUnavailable):
        list(told)
    collector.close()
    pacs.script.follow()
    ct.look()
    assert len(ct.site.posts) == 4
    assert ct.taken() == 4


def test_a_study_with_fewer_images_than_it_says_is_left_until_it_is_whole(ct: Watched, pacs: SimulatedPacs) -> None:
    growing = held(50, images=(3,))
    growing.instances.pop()
    pacs.store(growing)
    assert ct.look() == [Told(Fate.LEFT, "collect-pacs-incomplete")]
    assert ct.site.posts == []
    pacs.store(held(50, images=(3,)))
    ct.look()
    assert ct.taken() == 1


def test_an_image_of_a_series_that_is_not_listed_and_another_studys_are_no_study(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    strange, mixed = held(51, images=(1, 1)), held(52)
    strange.series.pop()
    strange.study = {tag: one for tag, one in strange.study.items() if tag != "00201206"}
    mixed.instances[0] = held(53).instances[0]
    pacs.store(strange)
    pacs.store(mixed)
    assert {one.rule for one in ct.look()} == {"collect-pacs-incomplete", "collect-pacs-nonsense"}
    assert ct.site.posts == []


def test_a_study_without_a_uid_that_could_be_asked_for_is_told_and_harms_no_other(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    pacs.store(held(54, StudyInstanceUID="../../etc"))
    pacs.store(held(55))
    assert sorted(one.rule for one in ct.look()) == ["", "collect-pacs-uid"]
    assert ct.taken() == 1


# ---- the gateway ----------------------------------------------------------------------


def test_what_the_gateway_refuses_lies_in_refused_and_is_not_told_again(ct: Watched, pacs: SimulatedPacs) -> None:
    broken = held(60)
    broken.study = {tag: one for tag, one in broken.study.items() if tag not in ("00100010", "00100020")}
    pacs.store(broken)
    assert ct.fates() == [Fate.REFUSED]
    payload = ct.site.posts[0]
    lying = {path.name: path.read_bytes() for path in (ct.folder / "state" / "refused").iterdir()}
    name = f"{hashlib.sha256(payload).hexdigest()}.json"
    assert lying[name] == payload
    told = json.loads(lying[f"{name}.outcome.json"])
    assert told["status"] == 400
    assert ct.look() == []


def test_a_gateway_that_is_away_ends_the_look_and_the_study_is_told_later(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(61))
    ct.site.script.append(NOT_NOW)
    with pytest.raises(RecipientUnreachable):
        ct.look()
    assert ct.fates() == [TAKEN]
    assert ct.taken() == 1


def test_a_death_after_the_answer_tells_the_same_bytes_again_and_nothing_twice(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    pacs.store(held(62))
    ct.look()
    (ct.folder / "state" / "studies.jsonl").write_bytes(b'{"uid":"1.2')  # the line was cut off
    assert ct.fates() == [TAKEN]
    assert ct.site.posts[0] == ct.site.posts[1]
    assert ct.taken() == 1


# ---- the state ----------------------------------------------


def test_a_second_collector_on_one_state_takes_nothing(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(63))
    first = ct.collector()
    assert first.check() == ()
    assert ct.rule() == "collect-pacs-held"
    first.close()
    assert ct.fates() == [TAKEN]


def test_what_is_older_than_looked_back_at_is_forgotten(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(64))
    ct.look()
    assert f"{BASE}.64" in (ct.folder / "state" / "studies.jsonl").read_text()
    ct.later(days=30)
    ct.look()
    assert (ct.folder / "state" / "studies.jsonl").read_text() == ""


# ---- deaths ---------------------------------------------------------------------------


class Death(BaseException):
    """As kill -9: nothing that follows is done."""


@pytest.mark.parametrize("step", [Step.COLLECT_READ, Step.COLLECT_ANSWERED, Step.COLLECT_MARKED])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_death_at_any_step_loses_nothing_and_tells_nothing_twice(
    ct: Watched, pacs: SimulatedPacs, step: Step, nth: int
) -> None:
    for number in range(3):
        pacs.store(held(200 + 10 * nth + number + 100 * list(Step).index(step)))
    passed = 0

    def dies(reached: Step, took: float | None = None, /) -> None:
        nonlocal passed
        passed += reached is step
        if reached is step and passed == nth:
            raise Death

    end = listen(dies)
    try:
        with pytest.raises(Death):
            ct.look()
    finally:
        end()
    ct.look()
    assert len(set(ct.site.posts)) == 3
    assert ct.taken() == 3
    assert ct.look() == []
