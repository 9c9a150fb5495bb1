"""A mapping file that is wrong says so, with line and path; one that is silent about a column is wrong."""

from __future__ import annotations

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import bind
from gateway.errors import SettingsError
from gateway.mapping.mapped.toml_lines import lines
from tests.tabular.building import MAPPING, file, row, translation


def errors(*parts: str) -> list[tuple[str, str]]:
    """(place, what is wrong) of each error."""
    with pytest.raises(SettingsError) as refused:
        bind(TabularAdapter(), [file(*parts)])
    return [(issue.expression, str(issue.parameters["error"])) for issue in refused.value.issues]


def line(text: str, of: str) -> int:
    return next(number for number, one in enumerate(text.splitlines(), 1) if of in one)


WRONG = {
    "an unknown key": (row("X", "Patient.name[0].text", more='colour = "red"'), "colour", "row[5].colour"),
    "an unknown datatype": (row("X", "Patient.name[0].text", "txt"), '"txt"', "row[5].datatype"),
    "a datatype without its name": (row("X", "Patient.identifier[]", "own-number"), 'own-number"', "row[5].datatype"),
    "an unknown part": (row("X", "Patientt.name[0].text"), "Patientt", "row[5].attribute"),
    "an unknown vocabulary": (row("X", "Patient.gender", "code", 'vocabulary = "sex"'), '"code"', "row[5].datatype"),
    "a value elsewhere": (row("X", "Observation.note[]", "value"), "note[]", "row[5].datatype"),
    "no attribute": ('\n[[row]]\nfield = "X"\n', '"X"', "row[5].attribute"),
    "no such element": (row("X", "Patient.birthdate", "date"), "birthdate", "row[5].attribute"),
    "a list that is none": (row("X", "Patient.birthDate[]", "date"), "birthDate[]", "row[5].attribute"),
    "a list without its place": (row("X", "Patient.name.text"), "name.text", "row[5].attribute"),
    "elements of a primitive": (row("X", "Patient.gender.text"), "gender.text", "row[5].attribute"),
    "another type": (row("X", "Patient.name[0]"), "name[0]", "row[5].attribute"),
    "another type assigned": (
        '\n[[row]]\nattribute = "DiagnosticReport.code"\nassignment = "LAB"\n',
        "DiagnosticReport.code",
        "row[5].attribute",
    ),
    "neither field nor assignment": ('\n[[row]]\nattribute = "Patient.active"\n', "Patient.active", "row[5].field"),
    "placed and unplaced": ('\n[unplaced]\nBN = "nothing of it"\n', "nothing of it", "unplaced.BN"),
    "a reason that is none": ('\n[unplaced]\nX = ""\n', 'X = ""', "unplaced.X"),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_an_error_has_its_line_and_its_path(case: str) -> None:
    added, at, path = WRONG[case]
    ((place, error),) = errors(MAPPING, added)
    head, number, told = place.split(", ")
    assert (head, told) == ("lab", path)
    near = line(MAPPING + added, at)
    assert int(number.removeprefix("line ")) in (near - 2, near - 1, near, near + 1)
    assert error


def test_an_element_that_looks_like_the_one_meant_is_named() -> None:
    assert errors(MAPPING, row("X", "Patient.birthdate", "date"))[0][1] == (
        "Patient has no element birthdate; birthDate looks like it"
    )


def test_the_line_is_that_of_the_key() -> None:
    text = MAPPING.replace('"dd/MM/yyyy"]', '"dd/MM/yy"]')
    assert errors(text) == [
        (
            f"lab, line {line(text, 'dd/MM/yy')}, reading.dates[2]",
            "not a form of dates: yyyy, MM or M, dd or d, HH or H, mm, ss",
        )
    ]


def test_a_column_that_recognises_and_is_nowhere_placed_is_an_error() -> None:
    assert [place.split(", ")[2] for place, _ in errors(MAPPING.replace('"PHIEU", "XN"', '"PHIEU", "XN", "STT"'))] == [
        "recognise"
    ]


def test_every_error_is_told_at_once() -> None:
    text = MAPPING.replace("[record]", "[record]\nby = 3").replace('"mrn"', '"mrm"')
    assert len(errors(text)) == 1  # what the schema refuses comes before what the rows say
    assert len(errors(MAPPING.replace('"mrn"', '"mrm"').replace('"value"', '"val"'))) == 3


def test_two_accounts_of_what_a_result_is_contradict_each_other() -> None:
    assert "Observation.code" in errors(MAPPING, '\n[[test]]\ncolumn = "GLU"\n')[0][1]


def fixed(attribute: str, value: str) -> str:
    return f'\n[[row]]\nattribute = "{attribute}"\nassignment = {value}\n'


BIRTH = row("X", "Patient.birthDate", "date")
DIED = row("X", "Patient.deceasedDateTime", "dateTime")
CONTRADICTING = {
    "the same row twice": (BIRTH, BIRTH),
    "the same number twice": (row("X", "Patient.identifier[]", "mrn"), row("X", "Patient.identifier[]", "mrn")),
    "two things said of every record": (
        fixed("DiagnosticReport.code.text", '"Huyết học"'),
        fixed("DiagnosticReport.code.text", '"Sinh hóa"'),
    ),
    "the same thing said of every record": (fixed("Patient.active", "true"), fixed("Patient.active", "true")),
    "two types of one element": (DIED, fixed("Patient.deceasedBoolean", "true")),
    "a value beside the value": ("", row("X", "Observation.valueString")),
    "a value beside the value, on a condition": (
        "",
        row("X", "Observation.valueString", more='when = { field = "KQ", present = false }'),
    ),
}


@pytest.mark.parametrize("case", CONTRADICTING, ids=str)
def test_rows_that_contradict_each_other_are_told_when_the_file_is_read(case: str) -> None:
    first, second = CONTRADICTING[case]
    ((place, error),) = errors(MAPPING, first, second)
    assert place.endswith(f"row[{6 if first else 5}].attribute")
    assert error.startswith("row 5 " if first else "a result's value")


SHARED = [
    row("X", "Observation.value[x]", "value"),  # the number in one column, the text in the other
    fixed("DiagnosticReport.status", '"final"') + row("X", "DiagnosticReport.status", "text"),  # unless a record says
    row("X", "Patient.identifier[]", "mrn") + row("X", "Patient.name[0].text"),
    row("X", "Patient.birthDate", "date", 'when = { field = "Y", equals = "1" }')
    + row("X", "Patient.birthDate", "date", 'when = { field = "Y", equals = "2" }'),
    DIED.replace('"dateTime"\n', '"dateTime"\nwhen = { field = "Y", equals = "1" }\n')
    + fixed("Patient.deceasedBoolean", 'true\nwhen = { field = "Y", equals = "2" }'),
]


@pytest.mark.parametrize("rows", SHARED)
def test_what_a_record_decides_between_is_no_contradiction_of_the_file(rows: str) -> None:
    bind(TabularAdapter(), [file(MAPPING, rows)])


def test_two_columns_that_both_say_the_value_hold_the_report_and_name_the_second() -> None:
    made = translation("PHIEU,BN,XN,KQ,X\nP1,B1,a,1,2\n", file(MAPPING, SHARED[0]))
    assert made.held
    assert ("element-taken", "row 2, column X") in [(issue.rule, issue.expression) for issue in made.issues]


def test_dates_declared_in_two_orders_are_told_of_where_they_differ() -> None:
    both = MAPPING.replace('"dd/MM/yyyy"]', '"dd/MM/yyyy", "MM/dd/yyyy"]')
    made = translation("PHIEU,BN,XN,KQ,X\nP1,B1,a,1,02/03/1990\n", file(both, BIRTH))
    assert ("date-two-ways", "row 2, column X") in [(issue.rule, issue.expression) for issue in made.issues]
    assert "birthDate" not in made.resources[0]


def test_lines_are_found_in_arrays_strings_and_inline_tables() -> None:
    text = 'a = 1\n[b]\nc = [\n  "x",\n  "[[d]]",\n]\n[[d]]\ne = """\n[f]\n"""\n[[d]]\ng.h = {i = 2}\n[d.j]\nk = 3\n'
    found = lines(text)
    assert {path: found[path] for path in (("b", "c"), ("d", 0, "e"), ("d", 1, "g", "h", "i"), ("d", 1, "j", "k"))} == {
        ("b", "c"): 3,
        ("d", 0, "e"): 8,
        ("d", 1, "g", "h", "i"): 12,
        ("d", 1, "j", "k"): 14,
    }
    assert ("f",) not in found
