"""`gateway validate`: a line a file; valid is no error and no fatal issue."""

from __future__ import annotations

import json

from tests.cli.terminal import LAB_SAMPLE, Terminal, rules

PATIENT = {"resourceType": "Patient", "birthDate": "1990"}


def test_a_valid_resource_ends_with_0_and_says_so(terminal: Terminal) -> None:
    file = terminal.file("patient.json", PATIENT)
    ran = terminal.well("validate", file)
    assert list(ran.line) == ["source", "outcome"]
    assert ran.line["source"] == str(file)
    assert not {issue["severity"] for issue in ran.line["outcome"]["issue"]} & {"error", "fatal"}
    assert ran.err == ""


def test_one_wrong_file_among_good_ones_ends_with_1_and_each_has_its_line(terminal: Terminal) -> None:
    good = terminal.file("good.json", PATIENT)
    wrong = terminal.file("wrong.json", PATIENT | {"birthDate": "1990-13"})
    ran = terminal("validate", good, wrong, good)
    assert ran.code == 1
    assert [line["source"] for line in ran.lines] == [str(good), str(wrong), str(good)]
    severities = [[issue["severity"] for issue in line["outcome"]["issue"]] for line in ran.lines]
    assert ["error" in found for found in severities] == [False, True, False]
    assert "1990-13" not in ran.out.decode()


def test_what_is_no_json_is_invalid_not_wrong_usage(terminal: Terminal) -> None:
    for content in (b"", b"{", b"\xff", b"[1]", b'{"resourceType":"Patient","a":1,"a":2}', b'{"a":NaN}'):
        ran = terminal("validate", "-", stdin=content)
        assert (ran.code, ran.line["source"]) == (1, "-"), content
        assert rules(ran.line["outcome"])


def test_every_bundle_that_translate_makes_is_valid(terminal: Terminal) -> None:
    bundle = terminal.well("translate", LAB_SAMPLE).line["bundle"]
    terminal.well("validate", "-", stdin=json.dumps(bundle).encode())
