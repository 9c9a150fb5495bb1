"""The forms of a report say the same, and none shows a token or a patient's value."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from gateway.conformance.client import Answer
from gateway.conformance.junit import junit
from gateway.conformance.masking import shown
from gateway.conformance.page import page
from gateway.conformance.report import changes, counted, line, read_lines
from gateway.errors import SettingsError
from gateway.jsontext import dumps
from tests.conformance.site import Site, of_family
from tests.rest.records import CITIZEN

AT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def lines(site: Site) -> list[dict[str, Any]]:
    """Of reading, with a result that is not there when it is read."""
    found = site.verdicts(of_family("read"), fault="nothing-there")
    return [line(one, site.fhir) for one in found.values()]


def test_each_form_has_every_verdict(lines: list[dict[str, Any]]) -> None:
    tally = counted(lines)
    assert tally["fail"] > 0
    root = etree.fromstring(junit(lines, "http://x/fhir"))
    assert int(root.get("failures", "")) == len(root.findall(".//failure")) == tally["fail"]
    assert len(root.findall(".//testcase")) == len(lines) == int(root.get("tests", ""))
    for language in ("en", "vi"):
        shown = page(lines, "http://x/fhir", AT, language)
        assert all(one["requirement"] in shown and one["clause"] in shown for one in lines)


# What junit-10.xsd of Jenkins' xunit plugin lets stand where: attributes (those with ! must), elements.
# https://github.com/jenkinsci/xunit-plugin
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name!", "tests!", "failures!", "errors!", "time", "skipped", "timestamp"}, {"testcase"}),
    "testcase": ({"name!", "time", "classname"}, {"failure", "error", "skipped"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
}


def test_the_junit_file_keeps_to_its_schema(lines: list[dict[str, Any]]) -> None:
    of_each = [lines[0] | {"verdict": word, "family": word} for word in ("pass", "fail", "error", "skip", "omit")]
    for element in etree.fromstring(junit([*lines, *of_each], "http://x/fhir")).iter():
        attributes, inside = JUNIT[str(element.tag)]
        assert {one.tag for one in element} <= inside
        assert {name.rstrip("!") for name in attributes} >= set(element.attrib)
        assert {name[:-1] for name in attributes if name.endswith("!")} <= set(element.attrib)
        if "time" in element.attrib:
            assert re.fullmatch(r"[0-9]*\.[0-9]{3}", element.get("time", ""))
        if element.tag in ("testsuites", "testsuite"):
            cases = list(element.iter("testcase"))
            assert element.get("tests") == str(len(cases))
            assert element.get("failures") == str(sum(one.find("failure") is not None for one in cases))
            assert element.get("errors") == str(sum(one.find("error") is not None for one in cases))


def test_a_line_says_how_to_ask_it_alone(lines: list[dict[str, Any]]) -> None:
    first = lines[0]
    assert first["repeat"].endswith(f"/fhir --only {first['requirement']}")
    assert first["repeat"].startswith("gateway conformance run --target http://")


def test_no_form_shows_a_token_or_a_patients_value(lines: list[dict[str, Any]], site: Site) -> None:
    everything = dumps(lines) + junit(lines, site.fhir) + page(lines, site.fhir, AT, "vi").encode()
    assert b"Authorization" in everything
    token = site.target().credentials
    token.header(site.target().client)
    for secret in (CITIZEN, "1990-01-02", token.token):
        assert secret.encode() not in everything
    assert b"5.10" not in dumps([one["exchanges"] for one in lines])


def test_what_was_asked_of_a_person_is_masked_in_the_words_of_a_refusal_too() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": f"no such value: {CITIZEN}"}]}
    url = f"http://x/fhir/Patient?identifier=urn:x|{CITIZEN}&_count=1"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for answer in (
        Answer("GET", url, status=400, body=dumps(outcome)),
        Answer(
            "POST", "http://x/fhir/Patient/_search", form, f"identifier={CITIZEN}".encode(), 400, {}, dumps(outcome)
        ),
    ):
        told = dumps(shown(answer))
        assert CITIZEN.encode() not in told
        assert b"no such value: ***" in told


def test_the_page_loads_nothing_and_runs_nothing(lines: list[dict[str, Any]]) -> None:
    shown = page(lines, "http://x/fhir", AT, "vi")
    assert not re.search(r"<(script|link|img|iframe|object|form)\b|\bsrc=|@import|url\(", shown)


def test_the_page_tells_its_time_as_viet_nam_does(lines: list[dict[str, Any]]) -> None:
    assert "23.11.2026 03:30" in page(lines, "http://x/fhir", AT, "vi")


def test_what_a_target_says_is_no_markup_of_the_page(lines: list[dict[str, Any]]) -> None:
    told = [dict(lines[0]) | {"findings": [{"verdict": "fail", "rule": "x", "en": "<b>x", "vi": "<b>x"}]}]
    assert "<b>x" not in page(told, "http://x/fhir", AT, "en")
    assert etree.fromstring(junit([told[0] | {"verdict": "fail", "repeat": "\x00\ud800"}], "x")) is not None


def test_two_runs_are_compared_by_requirement() -> None:
    def told(**verdicts: str) -> list[dict[str, Any]]:
        return [{"requirement": name, "verdict": word} for name, word in verdicts.items()]

    found = changes(told(A="pass", B="fail", C="pass", D="skip"), told(A="fail", B="pass", C="pass", E="pass"))
    assert [(one.requirement, one.before, one.after, one.is_worse) for one in found] == [
        ("A", "pass", "fail", True),
        ("B", "fail", "pass", False),
        ("E", "", "pass", False),
        ("D", "skip", "", False),
    ]


def test_an_earlier_run_is_read_back_and_anything_else_refused(lines: list[dict[str, Any]]) -> None:
    text = b"\n".join(map(dumps, lines))
    assert [one["verdict"] for one in read_lines(text)] == [one["verdict"] for one in lines]
    assert read_lines(dumps(lines[0]))[0]["requirement"] == lines[0]["requirement"]
    for wrong in (b"", b"{}", b"[1]", text + b'\n{"requirement":"READ-1"}', b'{"requirement":1,"verdict":"pass"}'):
        with pytest.raises(SettingsError) as refused:
            read_lines(wrong)
        assert refused.value.issues[0].rule == "conformance-lines"
