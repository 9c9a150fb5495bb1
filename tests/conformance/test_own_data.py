"""The checks make what they ask of where they may, and leave nothing behind that they do not name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.conformance.client import Client, Limits
from gateway.conformance.junit import junit
from gateway.conformance.own_resources import WORD, drafts, placed
from gateway.conformance.page import page
from gateway.conformance.report import line, own_line
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.jsontext import dumps
from gateway.r4 import check
from tests.conformance.keeper import TYPES, keeping
from tests.conformance.site import REQUIREMENTS, of_family
from tests.conformance.test_report import AT

HASTY = Limits(seconds=2, pace=0)
MADE = len(drafts("x"))


def of(url: str, *, read_only: bool = False) -> Target:
    made = Target(Client(url, limits=HASTY, read_only=read_only))
    made.own._pause = lambda _seconds: None
    return made


def ran(target: Target, *names: str) -> dict[str, Any]:
    asked = [REQUIREMENTS[name] for name in names] or of_family("read")
    return {one.requirement.id: one for one in run(target, asked)}


def test_an_empty_server_is_given_something_to_ask_of_and_is_empty_again_afterwards() -> None:
    with keeping() as (url, keeper):
        target = of(url)
        found = ran(target)
        assert {one.word for one in found.values()} <= {"pass", "fail"}  # nothing had to be skipped
        assert len(keeper.held) == MADE == len(target.own.made)
        assert keeper.there == target.own.left == []


def test_what_is_made_is_valid_marked_and_of_nobody() -> None:
    made = drafts("run-1")
    places = {name: f"{draft['resourceType']}/1" for name, draft in made.items()}
    for draft in made.values():
        resource = placed(draft, places)
        assert [issue for issue in check(resource) if issue.refuses] == []
        assert {tag["code"] for tag in resource["meta"]["tag"]} == {WORD, "run-1"}
        assert resource["meta"]["security"][0]["code"] == "HTEST"


def test_one_result_has_two_versions_and_a_value_keeps_its_digits() -> None:
    with keeping() as (url, keeper):
        target = of(url)
        first, *others = target.own.of("Observation")
        assert [first["status"], first["meta"]["versionId"]] == ["corrected", "2"]
        assert {one["meta"]["versionId"] for one in others} == {"1"}
        assert str(first["valueQuantity"]["value"]) == "5.10"
        assert target.one("read", "history-instance") == first
        target.own.remove()
        assert keeper.there == []


def test_where_only_reading_is_allowed_nothing_but_reading_is_asked() -> None:
    with keeping() as (url, keeper):
        every = [one for one in REQUIREMENTS.values() if one.check and one.family != "mllp"]
        list(run(of(url, read_only=True), every))
        searches = {("POST", f"{kind}/_search") for kind in TYPES}
        asked = {(method, path) for method, path in keeper.said if method not in ("GET", "TRACE")}
        # DELETE [base]/metadata asks whether it is refused, and a search by POST keeps nothing
        assert asked - searches <= {("DELETE", "metadata")}
        assert keeper.held == {}


def test_checks_that_look_at_no_resource_make_none() -> None:
    with keeping() as (url, keeper):
        target = of(url)
        ran(target, "CAP-1", "FORMAT-1", "NET-1")
        assert keeper.held == {}
        assert own_line(target.own) is None


@pytest.mark.parametrize("quirk", ["no-location", "lost-answer", "keeps-patients"])
def test_what_was_made_without_an_answer_or_is_referred_to_is_removed_all_the_same(quirk: str) -> None:
    with keeping(quirk) as (url, keeper):
        target = of(url)
        ran(target)
        assert keeper.held
        assert keeper.there == target.own.left == []


@pytest.mark.parametrize("quirk", ["keeps-all", "silent-deletes"])
def test_what_could_not_be_removed_is_named_in_every_form_of_the_report(quirk: str) -> None:
    with keeping(quirk) as (url, keeper):
        target = of(url)
        lines = [line(one, url) for one in ran(target).values()]
    assert sorted(target.own.left) == sorted(keeper.there)
    assert len(keeper.there) == MADE
    own = own_line(target.own)
    assert own
    assert own["own_data"]["left"] == target.own.left
    shown, written = page(lines, url, AT, "vi", own=own), junit(lines, url, own=own)
    for place in keeper.there:
        assert place in shown
        assert place.encode() in written
    assert etree.fromstring(written).find(".//testsuite[@name='own-data']//error") is not None


def test_a_server_that_falls_silent_is_not_waited_for_delete_by_delete() -> None:
    with keeping("silent-deletes") as (url, keeper):
        ran(of(url))
        assert sum(method == "DELETE" for method, _ in keeper.said) == 1


def test_nothing_of_others_is_deleted_where_the_mark_is_not_heeded() -> None:
    with keeping("tag-ignored") as (url, keeper):
        keeper.quirk = "no-location"  # so that a search has to find what was made
        keeper.held["Patient/77"] = [{"resourceType": "Patient", "id": "77", "meta": {}}]
        target = of(url)
        target.held("Patient")
        keeper.quirk = "tag-ignored"
        target.own.remove()
        assert keeper.there == ["Patient/77"]


def test_what_a_server_held_before_is_neither_changed_nor_deleted_though_it_says_it_was_made() -> None:
    """As one that knows a patient by name and birth date, and keeps one record of each."""
    with keeping("knows-already") as (url, keeper):
        for number, kind in enumerate(TYPES, 70):
            keeper.held[f"{kind}/{number}"] = [{"resourceType": kind, "id": str(number), "meta": {}}]
        before = dumps(keeper.held)
        target = of(url)
        ran(target, "READ-1")
        assert {method for method, _ in keeper.said} == {"GET", "POST"}
        assert dumps(keeper.held) == before
        assert set(target.own.left) == set(keeper.there)


def test_what_a_server_claims_to_take_and_does_not_is_told_and_no_failure() -> None:
    with keeping("takes-nothing") as (url, keeper):
        target = of(url)
        found = ran(target, "READ-1")
        assert found["READ-1"].word == "skip"
        assert target.own.refused == {"Patient": 422}
        assert keeper.held == {}


def test_what_a_search_does_not_find_in_time_is_not_asked_of() -> None:
    """A server that finds later what it took now is no broken one."""
    with keeping("finds-nothing") as (url, keeper):
        target = of(url)
        assert target.held("Observation") == []
        target.own.remove()
        assert keeper.there == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_what_it_made_and_says_what_stood(sent: signal.Signals, tmp_path: Path) -> None:
    reached = threading.Event()

    with keeping() as (url, keeper):
        original = keeper.answer

        def watched(method: str, target: str, body: bytes) -> Any:
            if "_history" in target:
                reached.set()
                threading.Event().wait(20)  # until the run is interrupted
            return original(method, target, body)

        keeper.answer = watched  # type: ignore[method-assign]
        command = ["conformance", "run", "--target", url, "--family", "read", "--rate", "0", "--timeout", "60"]
        started = subprocess.Popen(
            [sys.executable, "-m", "gateway", *command, "--html", str(tmp_path / "page.html"),
             "--jsonl", str(tmp_path / "lines")],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "GATEWAY_LANG": "en"},
        )  # fmt: skip
        assert reached.wait(60)
        assert len(keeper.there) == MADE
        started.send_signal(sent)
        _, said = started.communicate(timeout=60)
        assert started.returncode == 130, said
        assert keeper.there == []
    lines = [json.loads(one) for one in (tmp_path / "lines").read_text("utf-8").splitlines()]
    assert [one["requirement"] for one in lines[:-1]] == [one.id for one in of_family("read")]
    assert lines[-2]["findings"][0]["rule"] == "conformance-interrupted"
    assert lines[-1]["own_data"] == {**lines[-1]["own_data"], "made": MADE, "left": []}
    assert "READ-1" in (tmp_path / "page.html").read_text("utf-8")
