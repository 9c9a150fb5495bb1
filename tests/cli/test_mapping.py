"""`gateway mapping`: a file is checked before it is kept, kept with who and why, shown as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapter import MappingText, Payload
from gateway.cli.mapping_file import LARGEST
from gateway.cli.open import house
from gateway.store import audit
from tests.cli.terminal import HOSPITAL, LAB, Terminal, rules
from tests.plain_table import installed, mapping, table

OF_LAB = ("--facility", LAB)
BY = ("--by", "KTV. Mẫu")


@pytest.fixture
def registered(registered: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """With an adapter installed that reads by mapping files."""
    installed(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return registered


def add(terminal: Terminal, text: str, *more: str) -> dict[str, object]:
    return terminal.well("mapping", "add", terminal.file("m.toml", text), *OF_LAB, *more).line


def in_force(terminal: Terminal, *more: str) -> list[str]:
    return [f"{one['name']} {one['version']}" for one in terminal.well("mapping", "list", *more).lines]


def test_a_file_is_put_in_force_with_who_and_why_and_stands_in_the_audit_trail(registered: Terminal) -> None:
    made = add(registered, mapping(), *BY, "--reason", "new export")
    assert (made["by"], made["reason"], made["facility"], made["version"]) == ("KTV. Mẫu", "new export", LAB, "1")
    assert registered.well("mapping", "list", *OF_LAB).lines == [made]
    assert registered.well("mapping", "list", "--facility", HOSPITAL).lines == []
    label = MappingText.read(mapping().encode()).label
    with house() as open_house, open_house.store.read() as connection:
        (line,) = [one for one in audit.lines(connection) if one.action == "mapping-registered"]
    assert (line.detail["by"], line.detail["reason"], line.detail["mapping"]) == ("KTV. Mẫu", "new export", label)


def test_without_a_name_the_one_who_is_logged_in_decided(registered: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "mau")
    assert add(registered, mapping())["by"] == "mau"


def test_the_same_file_again_changes_nothing_and_says_so(registered: Terminal) -> None:
    made = add(registered, mapping())
    ran = registered.well("mapping", "add", registered.folder / "m.toml", *OF_LAB)
    assert ran.line == made
    assert "in force already" in ran.err
    assert len(registered.well("mapping", "list", "--all").lines) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "m.toml: "),
        ("", "m.toml: adapter: "),
        (mapping(test=""), "xn-huyen line 4: "),
        (mapping().replace("plain", "tabula-rasa"), "[mapping-adapter-not-running]"),
        (mapping().replace("plain", "hl7v2"), "[mapping-adapter-reads-none]"),
        ("x" * (LARGEST + 1), "[mapping-too-long]"),
    ],
)
def test_a_file_that_cannot_be_read_by_is_wrong_usage_and_kept_nowhere(
    registered: Terminal, text: str, told: str
) -> None:
    for typed in (("mapping", "add"), ("translate", "--adapter", "plain", "-", "--mapping")):
        ran = registered(*typed, registered.file("m.toml", text), *OF_LAB)
        assert (ran.code, ran.out) == (2, b"")
        assert told in ran.err
    assert registered.well("mapping", "list", "--all").lines == []


def test_what_is_nowhere_is_refused_by_name(registered: Terminal) -> None:
    file = registered.file("m.toml", mapping())
    assert registered("mapping", "add", file, "--facility", "99999").code == 1
    assert registered("mapping", "add", "no.toml", *OF_LAB).code == 2
    assert registered("mapping", "list", "--facility", "99999").code == 1
    for command in ("show", "diff", "remove"):
        ran = registered("mapping", command, "xn-huyen", *OF_LAB)
        assert (ran.code, ran.out) == (1, b"")
        assert "[mapping-unknown]" in ran.err


def test_a_file_for_an_adapter_that_the_facility_may_not_use_is_refused(registered: Terminal) -> None:
    registered.well("facility", "change", LAB, "--adapter", "hl7v2")
    ran = registered("mapping", "add", registered.file("m.toml", mapping()), *OF_LAB)
    assert ran.code == 2
    assert "hl7v2" in ran.err


def test_a_changed_file_of_the_same_version_is_refused(registered: Terminal) -> None:
    add(registered, mapping())
    ran = registered("mapping", "add", registered.file("m.toml", mapping(test="HbA1c")), *OF_LAB)
    assert ran.code == 1
    assert "[mapping-version-taken]" in ran.err
    assert in_force(registered) == ["xn-huyen 1"]


def test_each_version_is_shown_as_it_was_written_and_what_changed_line_by_line(registered: Terminal) -> None:
    first, second = mapping("1", "Đường máu"), mapping("2", "HbA1c")
    add(registered, first)
    add(registered, second)
    shown = registered.well("mapping", "show", "xn-huyen", *OF_LAB)
    assert shown.out.decode() == second
    assert registered.well("mapping", "show", "xn-huyen", *OF_LAB, "--version", "1").out.decode() == first
    assert registered("mapping", "show", "xn-huyen", *OF_LAB, "--version", "3").code == 1
    changed = registered.well("mapping", "diff", "xn-huyen", *OF_LAB).out.decode()
    assert '-test = "Đường máu"\n+test = "HbA1c"\n' in changed
    assert registered.well("mapping", "diff", "xn-huyen", *OF_LAB, "--from", "2", "--to", "1").out.decode() != changed
    assert registered.well("mapping", "diff", "xn-huyen", *OF_LAB, "--from", "1", "--to", "1").out == b""
    third = registered.file("m.toml", mapping("3", "HbA1c, IFCC"))
    told = registered.well("mapping", "diff", "xn-huyen", *OF_LAB, "--file", str(third)).out.decode()
    assert '-test = "HbA1c"\n+test = "HbA1c, IFCC"\n' in told


def test_a_removed_file_is_in_force_no_more_and_its_history_stays(registered: Terminal) -> None:
    add(registered, mapping("1"))
    add(registered, mapping("2"))
    removed = registered.well("mapping", "remove", "xn-huyen", *OF_LAB, *BY, "--reason", "HL7 now").line
    assert (removed["version"], removed["by"], removed["reason"]) == (None, "KTV. Mẫu", "HL7 now")
    assert in_force(registered) == []
    assert [one["version"] for one in registered.well("mapping", "list", "--all").lines] == ["1", "2", None]
    with house() as open_house, open_house.store.read() as connection:
        assert "mapping-removed" in [one.action for one in audit.lines(connection)]


def test_a_file_for_every_facility_reads_each_and_a_facilitys_own_goes_before_it(registered: Terminal) -> None:
    registered.well("mapping", "add", registered.file("m.toml", mapping("1", "Glucose")))
    add(registered, mapping("2", "HbA1c"))
    assert in_force(registered, *OF_LAB) == ["xn-huyen 1", "xn-huyen 2"]
    assert in_force(registered, "--facility", HOSPITAL) == ["xn-huyen 1"]
    path = registered.file("table.txt", table(1))
    for code, test in ((LAB, "HbA1c"), (HOSPITAL, "Glucose")):
        made = registered.well("translate", "--facility", code, path).line
        assert made["bundle"]["entry"][1]["resource"]["code"] == {"text": test}


def test_a_file_not_registered_reads_in_place_of_those_registered_for_its_adapter(registered: Terminal) -> None:
    add(registered, mapping("1", "Glucose"))
    path, file = registered.file("table.txt", table(1)), registered.file("m.toml", mapping("2", "HbA1c", name="other"))
    told = registered.well("translate", *OF_LAB, "--mapping", file, path).line
    assert told["mapping"] == MappingText.read(file.read_bytes()).label
    assert told["bundle"]["entry"][1]["resource"]["code"] == {"text": "HbA1c"}
    stranger = registered.well("translate", "--facility", "00000", "--mapping", file, path).line
    assert stranger["mapping"] == told["mapping"]
    assert registered("translate", "--mapping", "no.toml", path).code == 2


def test_without_a_file_the_refusal_says_what_to_do(registered: Terminal) -> None:
    ran = registered("translate", *OF_LAB, registered.file("table.txt", table(1)))
    assert ran.code == 1
    assert rules(ran.line["outcome"]) == ["mapping-none-registered"]


def test_an_exchange_says_which_file_made_it(registered: Terminal) -> None:
    made = add(registered, mapping())
    with house() as open_house:
        (line,) = open_house.intake().take(LAB, Payload(table(1)), actor="test").exchanges
    shown = registered.well("exchange", "show", line["id"]).line
    assert shown["mapping"] == f"xn-huyen 1 sha256:{made['sha256']}"
    assert (shown["adapter"], shown["status"]) == ("plain", "kept")


# ---- try ------------------------------------------------------------------------------


@pytest.fixture
def taken(registered: Terminal) -> Terminal:
    """Two records came, read by version 1."""
    add(registered, mapping("1", "Glucose"))
    with house() as open_house:
        open_house.intake().take(LAB, Payload(table(1, 2)), actor="test")
    return registered


def test_what_a_changed_file_would_change_is_shown_by_exchange_and_element_without_a_value(taken: Terminal) -> None:
    file = taken.file("m.toml", mapping("2", "HbA1c"))
    *told, last = taken.well("mapping", "try", file, *OF_LAB).lines
    assert [one["record"] for one in told] == [1, 2]
    assert told[0]["changes"] == [{"element": "Observation[0].code.text", "what": "changed"}]
    assert (told[0]["was"], told[0]["becomes"]) == ("kept", "kept")
    assert last == {
        "counts": {"payloads": 1, "same": 0, "different": 2, "replaced": 0, "without_bytes": 0, "becomes": {"kept": 2}}
    }  # fmt: skip
    assert in_force(taken) == ["xn-huyen 1"]


def test_values_are_shown_to_who_asks_and_lines_to_who_reads(taken: Terminal) -> None:
    file = taken.file("m.toml", mapping("2", "HbA1c"))
    shown = taken.well("mapping", "try", file, *OF_LAB, "--values").lines[0]["changes"][0]
    assert (shown["before"], shown["after"]) == ("Glucose", "HbA1c")
    text = taken.well("mapping", "try", file, *OF_LAB, "--text").out.decode()
    assert "record 1: kept -> kept\n  ~ Observation[0].code.text\n" in text
    assert "Glucose" not in text
    assert "different: 2" in text
    assert taken.well("mapping", "try", file, *OF_LAB, "--since", "2999-01-01").line["counts"]["payloads"] == 0


def test_a_wrong_file_or_facility_is_refused_before_anything_is_read(taken: Terminal) -> None:
    file = taken.file("m.toml", mapping("2", ""))
    ran = taken("mapping", "try", file, *OF_LAB)
    assert (ran.code, ran.out) == (2, b"")
    assert taken("mapping", "try", file, "--facility", "99999").code == 1


# ---- retranslate ----------------------------------------------------------------------

AGAIN = ("mapping", "retranslate", "xn-huyen", *OF_LAB, "--reason", "wrong column", *BY)


def test_what_was_tried_is_done_on_command_and_says_what_took_whose_place(taken: Terminal) -> None:
    assert taken.well(*AGAIN).line["counts"]["same"] == 2
    add(taken, mapping("2", "HbA1c"))
    *told, last = taken.well(*AGAIN).lines
    assert (last["counts"]["replaced"], len(told)) == (2, 2)
    shown = taken.well("exchange", "show", told[0]["replaced_by"]).line
    assert shown["replaces"] == told[0]["exchange"]
    assert taken.well("exchange", "show", told[0]["exchange"]).line["replaced_by"] == told[0]["replaced_by"]
    with house() as open_house, open_house.store.read() as connection:
        (line, _) = [one for one in audit.lines(connection) if one.action == "exchange-translated-again"]
    assert (line.detail["by"], line.detail["reason"]) == ("KTV. Mẫu", "wrong column")
    assert taken.well(*AGAIN, "--text").out.decode().startswith("payloads: 1, same: 2")


def test_what_is_left_is_told_with_its_rule_and_ends_with_1(taken: Terminal) -> None:
    add(taken, mapping("2", "HbA1c", held="2"))
    ran = taken(*AGAIN, "--text")
    assert ran.code == 1
    assert "left: field-held" in ran.out.decode()
    assert "replaced: 1" in ran.out.decode()
