"""The MLLP listener under test: what is sent is marked, taken back, never sent where only reading is, and masked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.conformance import made_up
from gateway.conformance.client import Answer, NotAllowed, Unanswered
from gateway.conformance.line import ER7, Acknowledgement, Line
from gateway.conformance.masking import shown
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.simulator.faulty.proxy import fault_named
from tests.conformance.site import Site, of_family
from tests.conformance.test_command import ran, told


def statuses(receiving: Site, number: str) -> set[str]:
    """Of the results of an order, as the gateway shows them over FHIR."""
    found = receiving.target().search("DiagnosticReport", [("identifier", number)]).json["entry"]
    results = [receiving.target().get(f"/{one['reference']}") for one in found[0]["resource"]["result"]]
    return {one.resource["status"] for one in results}


def test_what_was_taken_is_called_wrong_at_the_end(receiving: Site) -> None:
    line = receiving.target().line
    assert line is not None
    number = made_up.new_number()
    assert line.ask(line.result(number)).code == "AA"
    assert line.left == [number]
    assert statuses(receiving, number) == {"final"}
    assert line.withdraw() == []
    assert statuses(receiving, number) == {"entered-in-error"}


def test_what_no_answer_took_back_is_named(receiving: Site) -> None:
    line = receiving.target().line
    assert line is not None
    line.ask(line.result())
    receiving.listener.fault = fault_named("mllp-any-type")
    line.address = "127.0.0.1:9"
    try:
        assert line.withdraw() == line.left != []
    finally:
        receiving.listener.fault = None


def test_without_a_listener_nothing_is_asked(receiving: Site) -> None:
    target = Target(receiving.target().client, receiving.credentials())
    assert {one.word for one in run(target, of_family("mllp"))} == {"omit"}


def test_nothing_is_sent_where_only_reading_is(receiving: Site) -> None:
    before = receiving.world.audit_lines()
    target = receiving.target(read_only=True)
    assert {one.word for one in run(target, of_family("mllp"))} == {"skip"}
    assert target.line is not None
    with pytest.raises(NotAllowed):
        target.line.ask(target.line.result())
    assert len(receiving.world.audit_lines()) == len(before)


def test_a_listener_that_is_not_there_has_failed(receiving: Site) -> None:
    target = receiving.target()
    line = Line(target.client, "127.0.0.1:9")
    found = list(run(Target(target.client, line=line), of_family("mllp")[:3]))
    assert {finding.rule for one in found for finding in one.findings} == {"conformance-no-answer"}
    with pytest.raises(Unanswered):
        line.ask(line.result())


def test_messages_are_training_and_of_nobody_unless_told() -> None:
    line = Line(Target.__new__(Target), "127.0.0.1:9")  # type: ignore[arg-type]  # it is asked nothing
    message = line.result()
    read = Acknowledgement(message)
    assert read.field("MSH", 11) == b"T"
    assert Acknowledgement(line.result(f11="P")).field("MSH", 11) == b"P"
    assert read.field("PID", 3) == b"HOP-CHUAN-1^^^KIEM-TRA-HOP-CHUAN^MR"
    assert "không phải của người bệnh nào" in message.decode()


def test_a_report_shows_codes_and_places_of_a_message_and_no_value() -> None:
    message = Line(Target.__new__(Target), "x:1").result()  # type: ignore[arg-type]  # it is asked nothing
    answer = b"MSH|^~\\&|A|B\rMSA|AE|1|Nguy\xe1\xbb\x85n\rERR||PID^1^5|102^x|E|rule||Nguy\xe1\xbb\x85n\rNTE|1|L|x\r"
    one = shown(
        Answer("MLLP", "mllp://x:1", {"Content-Type": ER7}, message, headers={"content-type": ER7}, body=answer)
    )
    everything = json.dumps(one, ensure_ascii=False)
    assert "MSA|AE|1|***" in one["answer"]
    assert "ERR||PID^1^5|102^x|E|***||***" in one["answer"]
    for value in ("KIỂM", "5.10", "HOP-CHUAN-1", "Nguyễn"):
        assert value not in everything


def test_the_command_asks_a_listener_and_says_what_it_left(receiving: Site, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("none")
    done = ran("run", "--target", receiving.fhir, "--token-file", str(tmp_path / "token"), "--only", "MLLP-1",
               "--rate", "0", "--mllp", receiving.listener.address, "--mllp-facility", "79001",
               "--html", str(tmp_path / "page.html"), "--language", "en")  # fmt: skip
    assert done.exit_code == 0, done.output
    one, sent = told(done)
    assert f"--mllp {receiving.listener.address} --mllp-facility 79001 --only MLLP-1" in one["repeat"]
    assert "1 results of the made-up patient HOP-CHUAN-1" in done.stderr
    assert "marked as training" in done.stderr
    (number,) = sent["over_mllp"]["orders"]
    shown = (tmp_path / "page.html").read_text("utf-8")
    assert number in shown
    assert "marked as training" in shown


@pytest.mark.parametrize(
    "typed",
    [
        ["--mllp", "nowhere"],
        ["--mllp-facility", "79001"],
        ["--mllp", "127.0.0.1:1", "--mllp-facility", "a|b"],
        ["--mllp", "127.0.0.1:1", "--mllp-cert", str(Path(__file__))],
    ],
)
def test_wrong_usage_of_a_listener_ends_with_2(typed: list[str]) -> None:
    done = CliRunner().invoke(gateway, ["conformance", "run", "--target", "https://x/fhir", *typed])
    assert (done.exit_code, done.stdout) == (2, "")
