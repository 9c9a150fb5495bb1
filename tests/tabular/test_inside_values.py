"""What stands behind a number in its own cell: a unit, a flag, or nobody's to say."""

from __future__ import annotations

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import DefaultProfile, MappingText, Payload, Translation, bind, split, translate
from gateway.errors import SettingsError
from gateway.r4 import check
from tests.tabular.building import MAPPING, UNIT, file, of, row, translation

FLAG = row("CO", "Observation.interpretation[]", "concept", 'vocabulary = "table-flag"')
STARS = '\n[vocabulary.co]\ncodes = {"*" = "A", "**" = "AA"}\nsystem = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"\n'


def saying(setting: str, *parts: str) -> MappingText:
    return file(MAPPING.replace("[reading]", f"[reading]\n{setting}"), *parts)


UNITS, FLAGS = saying("units_in_values = true"), saying('flags_in_values = "table-flag"')


def read(value: str, mapping: MappingText | None = None, unit: str | None = None) -> tuple[str, list[str]]:
    """What a cell becomes: number, unit and code, flag; or its text. And why it is held."""
    head, cell = ("", "") if unit is None else ("|DV", f"|{unit}")
    made = translation(f"PHIEU|BN|XN|KQ{head}\nP1|B1|a|{value}{cell}\n", mapping or file())
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    return told(made), [hold.rule for hold in made.holds]


def told(made: Translation) -> str:
    (found,) = of(made, "Observation")
    flags = [each["coding"][0]["code"] for each in found.get("interpretation", ())]
    if "valueQuantity" not in found:
        return " ".join(["text", found["valueString"], *flags])
    value = found["valueQuantity"]
    parts = [value.get("comparator", ""), str(value["value"]), value.get("unit", ""), value.get("code", "-"), *flags]
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("value", "becomes", "held"),
    [
        *(("24 giờ", "24 giờ h", []), ("12.5 s", "12.5 s s", []), ("5.6 10^9/L", "5.6 10^9/L 10*9/L", [])),
        *(("24 h", "text 24 h", ["unit-or-flag"]), ("24h", "text 24h", ["unit-or-flag"])),
        *(("5.6 H", "text 5.6 H", ["value-and-more"]), ("5.6*", "text 5.6*", ["value-and-more"])),
        *(("5.6 (H)", "text 5.6 (H)", ["value-and-more"]), ("<5 lần", "text <5 lần", ["value-and-more"])),
        *(("5.6 mmol/L H", "text 5.6 mmol/L H", ["value-and-more"]), ("1.5E+02", "text 1.5E+02", ["value-and-more"])),
        *(("120/80", "text 120/80", []), ("Âm tính", "text Âm tính", []), ("5 - 10 HC", "text 5 - 10 HC", [])),
        *(("1+", "text 1+", []), ("2026-11-15", "text 2026-11-15", [])),
    ],
)  # fmt: skip
def test_undeclared_only_a_known_unit_that_is_no_flag_is_split_off(value: str, becomes: str, held: list[str]) -> None:
    assert read(value) == (becomes, held)


def test_a_unit_that_the_facility_decided_on_is_one_though_it_is_a_flag_elsewhere() -> None:
    profile = DefaultProfile("79001", units=frozenset({("h", "h"), ("lần", "{times}")}))
    adapter = bind(TabularAdapter(), [file()])
    payload = Payload(b"PHIEU,BN,XN,KQ\nP1,B1,a,24 h\nP2,B1,a,5 l\xe1\xba\xa7n\n")
    made = [translate(adapter, record, profile) for record in split(adapter, payload)]
    assert [(told(one), one.holds) for one in made] == [("24 h h", []), ("5 lần {times}", [])]


@pytest.mark.parametrize(
    ("value", "becomes", "held"),
    [
        *(("24 h", "24 h h", []), ("3.1 L", "3.1 L L", []), ("5 lần", "5 lần -", []), ("<5 HC/VT", "< 5 HC/VT -", [])),
        *(("5.6 H", "text 5.6 H", ["value-and-more"]), ("7,2 lần", "text 7,2 lần", ["value-number-ambiguous"])),
    ],
)  # fmt: skip
def test_where_units_stand_in_values_a_word_behind_the_number_is_one_unless_it_is_a_flag_alone(
    value: str, becomes: str, held: list[str]
) -> None:
    assert read(value, UNITS) == (becomes, held)


@pytest.mark.parametrize(
    ("value", "becomes", "held"),
    [
        *(("5.6 H", "5.6 - H", []), ("5.6H", "5.6 - H", []), ("5.6 (H)", "5.6 - H", []), ("<5 Thấp", "< 5 - L", [])),
        *(("5.6 mmol/L H", "5.6 mmol/L mmol/L H", []), ("5.6 mmol/L", "5.6 mmol/L mmol/L", [])),
        *(("3.1 L", "text 3.1 L", ["unit-or-flag"]), ("24 h", "text 24 h", ["unit-or-flag"])),
        *(("5 mgL", "text 5 mgL", ["value-and-more"]), ("5 mg*", "5 mg mg A", [])),
        *(("5.6 x", "text 5.6 x", ["value-and-more"]), ("7,2 H", "text 7,2 H", ["value-number-ambiguous"])),
    ],
)  # fmt: skip
def test_where_flags_stand_in_values_one_behind_the_number_is_its_interpretation(
    value: str, becomes: str, held: list[str]
) -> None:
    assert read(value, FLAGS) == (becomes, held)


@pytest.mark.parametrize(
    ("value", "unit", "becomes", "held"),
    [
        *(("3.1 L", "mmol/L", "3.1 mmol/L mmol/L L", []), ("5.6 H", "mmol/L", "5.6 mmol/L mmol/L H", [])),
        *(("3.1 L", "L", "text 3.1 L", ["unit-or-flag"]), ("5 g H", "mg", "text 5 g H", ["unit-said-twice"])),
        *(("5.6 mmol/L H", "mmol/L", "5.6 mmol/L mmol/L H", []), ("5.6", "mmol/L", "5.6 mmol/L mmol/L", [])),
    ],
)  # fmt: skip
def test_with_a_unit_of_its_own_beside_it_a_letter_is_the_flag_unless_it_is_that_unit(
    value: str, unit: str, becomes: str, held: list[str]
) -> None:
    flags = saying('flags_in_values = "table-flag"', UNIT)
    assert read(value, flags, unit) == (becomes, held)


def test_a_files_own_words_may_be_the_flags() -> None:
    stars = saying('flags_in_values = "co"', STARS)
    assert [read(value, stars) for value in ("5.6*", "5.6 **", "5.6mmol/L*")] == [
        ("5.6 - A", []), ("5.6 - AA", []), ("5.6 mmol/L mmol/L A", []),
    ]  # fmt: skip


@pytest.mark.parametrize(("beside", "flags", "held"), [("H", ["H"], []), ("L", ["L", "H"], ["flag-said-twice"])])
def test_a_flag_in_the_value_and_one_beside_it_are_one_or_a_person_looks(
    beside: str, flags: list[str], held: list[str]
) -> None:
    mapping = saying('flags_in_values = "table-flag"', FLAG)
    made = translation(f"PHIEU,BN,XN,KQ,CO\nP1,B1,a,5.6 H,{beside}\nP1,B1,b,5.6,{beside}\n", mapping)
    first, second = of(made, "Observation")
    assert [each["coding"][0]["code"] for each in first["interpretation"]] == flags
    assert [each["coding"][0]["code"] for each in second["interpretation"]] == [beside]
    assert [hold.rule for hold in made.holds] == held


def test_a_flag_in_a_value_says_where_it_stood() -> None:
    made = translation("PHIEU,BN,XN,KQ\nP1,B1,a,5.6 H\n", FLAGS)
    told = {path: at for path, at in made.lineage.items() if "interpretation" in path}
    assert set(told.values()) == {"row 2, column KQ"}
    assert {path.removeprefix("Observation[0].interpretation[0].") for path in told} == {
        "coding[0].system", "coding[0].code", "coding[0].display", "text",
    }  # fmt: skip


def test_a_vocabulary_that_is_not_there_is_told_with_its_line() -> None:
    with pytest.raises(SettingsError) as wrong:
        read("5", saying('flags_in_values = "nobodys"'))
    assert [issue.expression for issue in wrong.value.issues] == ["lab, line 10, reading.flags_in_values"]


@pytest.mark.parametrize(
    "value",
    [
        *("5.6 mmol/L (3.9-6.4)", "5.6 (3.9-6.4)", "5.6 (<6.4)", "5.6 mmol/L; 7.1 mmol/L", "5 giờ 30 phút"),
        *("5.6 mmol/L lần 2 7.1", "5.6 H mmol/L", "5.6 lần (H)", "5.6 lần Cao", "5.6 lần*", "5.6 lần↑", "2 (+)"),
        *("5.6 lần Bình thường", "5.6 Cao"),
    ],
)
def test_where_units_stand_in_values_a_range_a_flag_or_a_second_number_is_none(value: str) -> None:
    assert read(value, UNITS) == (f"text {value}", ["value-and-more"])


@pytest.mark.parametrize("unit", ["lần", "x 10^9/L", "mL/phút/1,73 m2", "mg/24 h", "tế bào/µL (soi)", "copies / mL"])
def test_where_units_stand_in_values_any_other_words_are_one(unit: str) -> None:
    becomes, held = read(f"5.6 {unit}", UNITS)
    assert becomes.startswith(f"5.6 {unit} ")
    assert held == []


@pytest.mark.parametrize("flag", ["H", "(H)", "[H]", "↑"])
def test_a_flag_behind_a_unit_is_one_in_brackets_too(flag: str) -> None:
    both = saying('units_in_values = true\nflags_in_values = "table-flag"')
    assert read(f"5.6 mmol/L {flag}", both) == ("5.6 mmol/L mmol/L H", [])
