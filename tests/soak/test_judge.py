"""The soak's judge says so when something is lost, there twice, changed, or unproven."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.steps import Step
from tests.soak.journal import Journal
from tests.soak.judge import Arrived, Figures, Kept, judge, unkilled
from tests.soak.report import told, told_of_hosts, written
from tests.soak.soak import Report

TOLD = {f"payload-{n}": (f"exchange-{n}",) for n in range(3)}
KEPT = [Kept(f"exchange-{n}", f"payload-{n}", f"message-{n}", "delivered", f"bytes-{n}", True, True) for n in range(3)]
ARRIVED = [Arrived(f"received-{n}", f"message-{n}", f"bytes-{n}", (f"report-{n}",)) for n in range(3)]


def test_all_three_equal_and_nothing_more_is_green() -> None:
    found = judge(TOLD, KEPT, ARRIVED)
    assert found == Figures(acknowledged=3, stored=3, delivered=3, duplicates=0, lost=0)
    assert found.hold


def test_nothing_at_all_is_not_green() -> None:
    assert not judge({}, [], []).hold


def test_what_was_acknowledged_and_is_not_stored_is_lost() -> None:
    found = judge(TOLD, KEPT[:2], ARRIVED[:2])
    assert (found.stored, found.delivered, found.lost, found.hold) == (2, 2, 1, False)


def test_what_is_stored_and_never_arrived_is_lost() -> None:
    found = judge(TOLD, KEPT, ARRIVED[1:])
    assert (found.stored, found.delivered, found.lost, found.hold) == (3, 2, 1, False)


@pytest.mark.parametrize(
    "change",
    [{"status": "kept"}, {"status": "failed"}, {"proven": False}, {"bundle_sha256": "others"}],
    ids=["no receipt yet", "given up", "receipt of another", "other bytes than were sent"],
)
def test_what_the_sender_cannot_prove_delivered_is_not(change: dict[str, str]) -> None:
    found = judge(TOLD, [replace(KEPT[0], **change), *KEPT[1:]], ARRIVED)  # type: ignore[arg-type]  # one field each
    assert (found.stored, found.delivered, found.lost, found.hold) == (3, 2, 1, False)


def test_bytes_that_changed_in_the_store_are_not_stored() -> None:
    found = judge(TOLD, [replace(KEPT[0], whole=False), *KEPT[1:]], ARRIVED)
    assert (found.stored, found.lost, found.hold) == (2, 1, False)


def test_an_exchange_under_another_id_than_was_told_is_lost_and_one_too_many() -> None:
    found = judge(TOLD, [replace(KEPT[0], id="another"), *KEPT[1:]], ARRIVED)
    assert (found.stored, found.duplicates, found.lost, found.hold) == (2, 1, 1, False)


def test_a_payload_stored_as_two_exchanges_is_a_duplicate() -> None:
    twice = replace(KEPT[0], id="exchange-again", message_id="message-again")
    again = replace(ARRIVED[0], id="received-again", message_id="message-again")
    found = judge(TOLD, [*KEPT, twice], [*ARRIVED, again])
    assert (found.acknowledged, found.stored, found.delivered, found.lost) == (3, 3, 3, 0)
    assert found.duplicates == 2  # there untold, and its report arrived twice
    assert not found.hold


def test_a_message_kept_twice_by_the_recipient_is_a_duplicate() -> None:
    found = judge(TOLD, KEPT, [*ARRIVED, replace(ARRIVED[0], id="received-again", reports=())])
    assert (found.delivered, found.duplicates, found.hold) == (3, 1, False)


def test_a_message_that_was_never_sent_is_one_too_many() -> None:
    found = judge(TOLD, KEPT, [*ARRIVED, Arrived("received-9", "message-9", "bytes-9", ())])
    assert (found.duplicates, found.hold) == (1, False)


# ---- around the figures ---------------------------------------------------------------


def report(**change: object) -> Report:
    made = Report("sqlite", judge(TOLD, KEPT, ARRIVED), Counter(Step), Counter(), Journal(), [], 1.0)
    return replace(made, **change)  # type: ignore[arg-type]  # each by its name


def test_a_step_at_which_nothing_died_is_named_and_not_green() -> None:
    kills = Counter(Step)
    assert unkilled(kills) == []
    del kills[Step.INBOUND_WRITTEN]
    assert unkilled(kills) == [Step.INBOUND_WRITTEN]
    assert report().green
    assert not report(kills=kills).green
    assert "nothing died at inbound-written" in told(report(kills=kills))[0]


def test_right_figures_with_anything_else_broken_are_not_green() -> None:
    found = report(broken=["3 answers 500 http-unexpected"])
    assert not found.green
    assert "NOT GREEN: 3 answers 500 http-unexpected" in told(found)[0]


def test_two_hosts_are_green_by_their_figures_and_by_what_is_told() -> None:
    assert told_of_hosts((judge(TOLD, KEPT, ARRIVED), ["took on after 3 s"]))[1]
    assert not told_of_hosts((judge(TOLD, KEPT, ARRIVED[1:]), []))[1]
    assert not told_of_hosts((judge(TOLD, KEPT, ARRIVED), ["NOT GREEN: 1 answers 500"]))[1]


def test_a_report_takes_the_place_of_the_one_before_and_needs_its_marks() -> None:
    document = "# Soak\n<!-- soak: begin -->\nold\n<!-- soak: end -->\nafter\n"
    assert written(document, "new") == document.replace("old", "```text\nnew\n```")
    with pytest.raises(ValueError, match="soak: begin"):
        written("# Soak\n", "new")


def test_a_repeated_payload_that_is_told_other_exchanges_is_remembered() -> None:
    journal = Journal()
    journal.told(1, ["a"])
    journal.told(1, ["a"])
    journal.told(2, ["b"])
    assert journal.contradicted == set()
    journal.told(2, ["c"])
    assert journal.contradicted == {2}
    assert journal.acknowledged == {1: ("a",), 2: ("b",)}


def test_the_soak_is_not_a_part_of_the_product() -> None:
    """It listens from outside: nothing of the gateway knows of it."""
    product = Path(__file__).parents[2] / "gateway"
    assert [str(file) for file in product.rglob("*.py") if "tests.soak" in file.read_text(encoding="utf-8")] == []
