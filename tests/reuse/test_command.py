"""``gateway reuse``: the findings as JSON lines, words on stderr, exit 1 where somebody must act."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import gateway
from gateway.reuse.case import born
from gateway.reuse.rules import Age
from tests.blueprint import ROOT
from tests.reuse.lists import GROUPS, folder, head, rule
from tests.reuse.test_gaps import WHOLE

HBA1C = "http://loinc.org|4548-4"
ELECTROLYTES = "https://lienthong.example/fhir/CodeSystem/ma-dich-vu|23.0058.1487"


def run(*arguments: str, **environment: str) -> tuple[Result, list[dict[str, Any]]]:
    done = CliRunner(env=environment).invoke(gateway, ["reuse", *arguments])
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_shipped_lists_are_clean() -> None:
    done, lines = run("check", GATEWAY_REUSE_RULES="")
    assert (done.exit_code, lines[-1]["findings"]) == (0, 0)
    assert done.stderr == "clean\n"


def test_the_folder_of_the_setting_is_checked_with_the_shipped_lists(tmp_path: Path) -> None:
    done, lines = run("check", GATEWAY_REUSE_RULES=str(folder(tmp_path, own=head() + GROUPS + rule())))
    assert done.exit_code == 1
    assert {line["rule"] for line in lines if line.get("severity") == "warning"} == {"reuse-gap-setting"}
    assert "own 1" in lines[-1]["lists"]


def test_faults_and_contradictions_of_the_files_named_are_told_with_file_line_and_path(tmp_path: Path) -> None:
    site = folder(tmp_path, own=WHOLE + rule("rule-b", window="2 d"), broken="name =")
    done, lines = run("check", str(site / "own.toml"))
    assert done.exit_code == 1
    assert [(line["severity"], line["at"]) for line in lines[:-1]] == [("error", "own.toml line 36, rule[2].window")]
    done, lines = run("check", str(site))
    assert (done.exit_code, [line["at"] for line in lines]) == (1, ["broken.toml line 1"])
    assert "broken.toml line 1" in done.stderr


def test_each_figure_says_which_rule_asked_for_it() -> None:
    wanted = ("--code", HBA1C, "--age", "45 years", "--setting", "inpatient", "--on", "2026-11-23")
    _, [national] = run("explain", *wanted)
    assert national["figures"]["window"] == {"value": "40 d", "rule": "hba1c-ward-40d"}
    done, [own] = run("explain", *wanted, "--facility", "79001", str(ROOT / "docs/examples/reuse"))
    assert own["figures"]["window"] == {"value": "30 d", "rule": "own-hba1c-ward"}
    assert [one["layer"] for one in own["rules"]][-1] == "facility"
    assert "window 30 d (own-hba1c-ward)" in done.stderr
    assert own["digest"] != national["digest"]


def test_a_panel_is_explained_member_by_member() -> None:
    _, lines = run("explain", "--code", ELECTROLYTES, "--age", "45 years", "--setting", "inpatient")
    assert [line["groups"][0]["id"] for line in lines] == ["sodium", "potassium", "chloride"]


def test_of_a_panel_with_results_told_the_verdict_of_all_of_it_comes_last(tmp_path: Path) -> None:
    tests = {"2951-2": "139", "2823-3": "4.1"}  # sodium and potassium
    results = [
        {"taken": "2026-11-22T20:00:00+07:00", "codes": [f"http://loinc.org|{code}"], "value": value, "unit": "mmol/L",
         "range": ["1", "200"], "level": 3} for code, value in tests.items()
    ]  # fmt: skip
    context = {"now": "2026-11-23T09:00:00+07:00", "age": "45 years", "setting": "inpatient", "level": 3}
    file = tmp_path / "case.json"
    told = {"order": {"codes": [ELECTROLYTES]}, "context": context, "results": results}
    file.write_text(json.dumps(told), encoding="utf-8")
    done, lines = run("explain", "--case", str(file))
    assert [line["verdict"]["decision"] for line in lines] == ["reuse", "reuse", "repeat", "clinician-decides"]
    assert lines[-1]["panel"] == [ELECTROLYTES]
    assert "the panel: clinician-decides" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--code", "4548-4"), "SYSTEM|CODE"),
        (("--code", HBA1C, "--age", "old"), "context.age: An age is expected"),
        (("--code", HBA1C, "--age", "9999 years"), "context.age: An age is expected"),
        ((), "--code or --case"),
        (("--code", HBA1C, "--setting", "at home"), "outpatient"),
        (("--code", HBA1C, "nowhere.toml"), "nowhere.toml: no such file or folder"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(arguments: tuple[str, ...], said: str) -> None:
    done, _ = run("explain", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_test_that_no_list_knows_is_said_to_be_the_doctors() -> None:
    done, [line] = run("explain", "--code", "urn:test|NONE")
    assert (line["groups"], line["permits"]) == ([], False)
    assert "no list knows the test" in done.stderr


TOLD = {
    "order": {"codes": [HBA1C], "unit": "%", "specimen": ["http://snomed.info/sct|119297000"]},
    "context": {"now": "2026-11-23T09:00:00", "age": "45 years", "setting": "outpatient", "level": 3},
    "results": [
        {
            "taken": "2026-11-13T09:00:00+07:00", "value": "6.5", "unit": "%", "range": ["4.0", "6.0"], "level": 3,
            "specimen": ["http://snomed.info/sct|119297000"],
        },
    ],
}  # fmt: skip


def judged(tmp_path: Path, told: dict[str, Any]) -> tuple[Result, list[dict[str, Any]]]:
    (tmp_path / "case.json").write_text(json.dumps(told), encoding="utf-8")
    return run("explain", "--case", str(tmp_path / "case.json"))


def test_a_case_told_in_json_is_judged_with_every_reason_in_both_languages(tmp_path: Path) -> None:
    _, [line] = judged(tmp_path, TOLD)
    assert line["verdict"]["decision"] == "reuse"
    [inside] = [one for one in line["verdict"]["reasons"] if one["code"] == "reuse-inside-window"]
    assert inside["rule"] == line["figures"]["window"]["rule"] == "hba1c-60d"
    assert "60 days" in inside["en"]
    assert "60 ngày" in inside["vi"]
    assert len(line["verdict"]["notices"]["vi"]) == 3, (
        "the doctor decides, what nobody spoke of, and nobody approved the lists"
    )


@pytest.mark.parametrize(
    ("part", "fact", "value", "decision"),
    [
        ("context", "conditions", ["transfusion"], "repeat"),
        ("context", "level", 4, "repeat"),
        ("result", "taken", "2026-09-24T08:59:00+07:00", "repeat"),
        ("result", "taken", "2026-09-24T09:00:00+07:00", "reuse"),
        ("result", "signature", "unverifiable", "clinician-decides"),
        ("result", "codes", ["http://loinc.org|59261-8"], "repeat"),
    ],
)
def test_one_fact_of_a_case_turns_the_verdict(
    tmp_path: Path, part: str, fact: str, value: object, decision: str
) -> None:
    told = json.loads(json.dumps(TOLD))
    (told["results"][0] if part == "result" else told[part])[fact] = value
    _, [line] = judged(tmp_path, told)
    assert line["verdict"]["decision"] == decision


def test_a_case_that_cannot_be_read_is_told_where(tmp_path: Path) -> None:
    told = TOLD | {"results": [{"taken": "yesterday", "colour": "red"}]}
    done, lines = judged(tmp_path, told)
    assert (done.exit_code, lines) == (2, [])
    assert "results[0].taken: Not a valid" in done.stderr
    assert "results[0].colour: Unknown field" in done.stderr


def test_an_earlier_result_of_the_options_is_judged_too() -> None:
    arguments = ("--code", HBA1C, "--age", "45 years", "--setting", "outpatient", "--on", "2026-11-23")
    done, [line] = run("explain", *arguments, "--taken", "2026-08-01", "--level", "3", "--requester-level", "3")
    assert done.exit_code == 0
    assert "reuse-window-passed" in {one["code"] for one in line["verdict"]["reasons"]}


def test_an_age_leaves_the_birth_dates_open_that_it_does() -> None:
    today = date(2026, 11, 23)
    assert born(Age(45, "years"), today) == (date(1980, 11, 24), date(1981, 11, 23))
    assert born(Age(10, "days"), today) == (date(2026, 11, 13), date(2026, 11, 13))
