"""`gateway vocabulary import` and `export`: many decisions at once, all of a file or nothing, and back again."""

from __future__ import annotations

import json

import pytest

from gateway.cli.open import house
from gateway.store import audit
from gateway.terminology.sheet import LARGEST
from tests.cli.terminal import HOSPITAL, LAB, Terminal
from tests.cli.test_vocabulary import BY, GLU, GLUCOSE, sent, waiting

__all__ = ["sent"]  # a fixture

NATIONAL = "https://lienthong.example/fhir/CodeSystem/qd1227"
SHEET = (
    "system,code,target_system,target_code,equivalence,display,reason\n"
    f'{NATIONAL},1000001,http://loinc.org,718-7,,,"QĐ 1227, cột LOINC"\n'
    f"{NATIONAL},1000002,,,unmatched,,\n"
)


def test_a_sheet_decides_on_many_codes_and_the_same_sheet_again_changes_nothing(sent: Terminal) -> None:
    path = sent.file("codes.csv", SHEET)
    assert sent.well("vocabulary", "import", "*", path, *BY).line == {"decided": 2, "unchanged": 0}
    assert sent.well("vocabulary", "import", "*", path, *BY).line == {"decided": 0, "unchanged": 2}
    told = sent.well("vocabulary", "list").lines
    assert [(one["facility"], one["code"], one["equivalence"], one["reason"]) for one in told] == [
        ("", "1000001", "equivalent", "QĐ 1227, cột LOINC"), ("", "1000002", "unmatched", ""),
    ]  # fmt: skip
    with house() as open_house, open_house.store.read() as connection:
        (kept,) = [one for one in audit.lines(connection) if one.action == "vocabulary-imported"]
    assert kept.detail == {"facility": "", "by": "BS. Mẫu", "first": told[0]["number"], "decisions": 2}


def test_a_spreadsheet_saves_it_with_semicolons_and_a_mark_in_front(sent: Terminal) -> None:
    path = sent.file("codes.csv", ("\ufeff" + SHEET.replace(",", ";").replace("\n", "\r\n")))
    assert sent.well("vocabulary", "import", LAB, path, *BY).line["decided"] == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SHEET + f"{NATIONAL},1000003,http://loinc.org,718-8,,,\n", "line 4: This is no code of http://loinc.org"),
        (SHEET + f"{NATIONAL},1000001,http://loinc.org,718-7,,,\n", "line 4: This code stands on an earlier line"),
        (SHEET + f"{NATIONAL},1000003,http://loinc.org,718-7,same,,\n", "[vocabulary-equivalence]"),
        (SHEET + f"{NATIONAL},1000003,http://loinc.org,718-7,unmatched,,\n", "[vocabulary-equivalence]"),
        (SHEET + "http://loinc.org,718-7,http://loinc.org,718-7,,,\n", "[vocabulary-source-standard]"),
        (SHEET + f"{NATIONAL},,http://loinc.org,718-7,,,\n", "[vocabulary-source-code]"),
        (SHEET + f"{NATIONAL},1000003\n", "line 4: A CSV file in UTF-8"),
        (SHEET + f"{NATIONAL},1000003,http://loinc.org,718-7,,,,more\n", "[vocabulary-sheet-form]"),
        ("code,target\nx,y\n", "line 1: A CSV file in UTF-8"),
        ("", "[vocabulary-sheet-form]"),
        (b"\xff\xfe", "[vocabulary-sheet-form]"),
        (SHEET + f"{NATIONAL},1\x00,http://loinc.org,718-7,,,\n", "[vocabulary-sheet-form]"),
        (SHEET + '"' + "x" * 200_000, "[vocabulary-sheet-form]"),
    ],
)
def test_a_sheet_with_one_wrong_line_decides_nothing_and_names_the_line(
    sent: Terminal, content: str | bytes, told: str
) -> None:
    refused = sent("vocabulary", "import", "*", sent.file("codes.csv", content), *BY)
    assert (refused.code, refused.out) == (1, b"")
    assert told in refused.err
    assert sent.well("vocabulary", "list", "--all").lines == []


def test_a_sheet_that_is_not_there_is_wrong_usage(sent: Terminal) -> None:
    assert sent("vocabulary", "import", "*", "nowhere.csv", *BY).code == 2


def test_what_is_exported_is_read_again_as_it_stands_as_a_map_and_as_a_sheet(sent: Terminal) -> None:
    sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY, "--reason", "=cmd|x", "--display", "@Glucose")
    sent.well("vocabulary", "unit", LAB, "mmol/lít", "mmol/L", *BY)
    sent.well("vocabulary", "map", LAB, "|CBC", "--equivalence", "unmatched", *BY)
    decided = [(one["code"], one["target_code"], one["reason"]) for one in sent.well("vocabulary", "list").lines]
    for name, typed in (("map.json", ()), ("sheet.csv", ("--sheet",))):
        path = sent.file(name, sent.well("vocabulary", "export", LAB, *typed).out)
        assert sent.well("vocabulary", "import", LAB, path, *BY).line == {"decided": 0, "unchanged": 3}
        sent.well("vocabulary", "import", HOSPITAL, path, "--by", "Thu")
    there = sent.well("vocabulary", "list", "--facility", HOSPITAL).lines
    assert sorted((one["code"], one["target_code"], one["reason"]) for one in there) == sorted(decided)
    made = sent.well("vocabulary", "export", LAB, "--sheet").out
    assert b",'=cmd|x" in made
    assert b",'@Glucose" in made


def test_a_worklist_that_is_filled_in_decides_what_was_filled_in(sent: Terminal) -> None:
    made = sent.well("vocabulary", "unmapped", "--facility", LAB, "--sheet").out.decode()
    system, code = GLU.split("|")
    filled = made.replace(f"{system},{code},,", f"{system},{code},http://loinc.org,14749-6")
    told = sent.well("vocabulary", "import", LAB, sent.file("filled.csv", filled), *BY, "--reason", "read by hand").line
    assert told == {"decided": 1, "unchanged": 0}
    assert waiting(sent) == {"CBC", "mmol/lít"}
    assert sent.well("vocabulary", "list").line["reason"] == "read by hand"


def test_a_map_with_one_wrong_element_decides_nothing_and_names_its_path(sent: Terminal) -> None:
    sent.well("vocabulary", "map", LAB, GLU, GLUCOSE, *BY)
    made = json.loads(sent.well("vocabulary", "export", LAB).out)
    made["group"][0]["element"].append({"code": "X", "target": [{"code": "718-8", "equivalence": "equal"}]})
    refused = sent("vocabulary", "import", HOSPITAL, sent.file("map.json", made), *BY)
    assert (refused.code, refused.out) == (1, b"")
    assert "ConceptMap.group[0].element[1]: This is no code of http://loinc.org" in refused.err
    assert sent.well("vocabulary", "list", "--facility", HOSPITAL).lines == []


def test_what_is_not_there_is_not_exported_and_what_is_too_long_not_read(sent: Terminal) -> None:
    assert sent("vocabulary", "export", LAB).code == 1
    assert sent("vocabulary", "export", "99999").code == 1
    assert sent("vocabulary", "import", LAB, sent.file("long.csv", b" " * (LARGEST + 1)), *BY).code == 2
