"""HL7's rows are honoured where a witness says so: a message with the field set, then changed, shows both values."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.hl7v2 import segment_maps
from adapters.hl7v2.coverage.account import NOTHING_SAID, covered_map
from adapters.hl7v2.coverage.ig import ig_names, ig_rows, structures
from adapters.hl7v2.coverage.templates import templates
from adapters.hl7v2.coverage.trial import UNREAD, Trials, is_read, translated
from adapters.hl7v2.coverage.witnesses import Witness, Witnesses, all_witnesses, load_witnesses
from gateway.bundle import collection
from gateway.coverage import Covered, State, Tally, in_all
from gateway.errors import SettingsError
from gateway.r4 import check
from tests.blueprint import ROOT
from tests.hl7v2.accounted import accounted

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

WITNESSED = sorted(all_witnesses())
SEX = Witness("PID-8 gender", ("F", "M"), "Patient.gender", ("female", "male"))


@pytest.mark.parametrize("name", WITNESSED)
def test_the_witnesses_of_a_segment_map_hold_in_every_message_that_uses_it(name: str) -> None:
    later = {one.ig for one in all_witnesses()[name].later}
    broken = [
        f"{one.message} {one.row}: {one.why}"
        for one in accounted()
        if one.map == name and one.state is State.NOT_YET
        if one.row not in later and one.why not in (NOTHING_SAID, UNREAD)
    ]
    assert broken == []


@pytest.mark.parametrize("name", WITNESSED)
def test_what_the_witnesses_of_a_segment_map_make_passes_the_r4_check(name: str) -> None:
    """In the first message that uses the map: each field's first value alone."""
    for structure in [one for one, maps in structures().items() if name in maps and is_read(one)][:1]:
        trials = Trials(structure, name)
        for witness in all_witnesses()[name].rows:
            if not witness.messages or structure in witness.messages:
                assert _errors(trials.message(witness, witness.says[0])) == [], f"{structure} {witness.ig}"


@pytest.mark.parametrize("structure", sorted(structures()))
def test_a_template_has_a_place_for_every_segment_map_its_structure_uses(structure: str) -> None:
    assert [name for name in structures()[structure] if templates()[structure].slot_of(name) is None] == []


@pytest.mark.parametrize("structure", [name for name in sorted(structures()) if is_read(name)])
def test_a_template_is_a_valid_message(structure: str) -> None:
    plain = "".join(slot.segment + "\r" for slot in templates()[structure].slots if slot.always)
    assert _errors(plain) == []


def _errors(message: str) -> list[tuple[str, str]]:
    """What the R4 check refuses in what becomes of a message."""
    found = check(collection(translated(message)))
    return [(issue.rule, issue.expression) for issue in found if issue.severity in ("error", "fatal")]


def test_a_witness_fails_when_its_mapping_row_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Trials("ADT_A01", "PID[Patient]").reason(SEX) == ""
    rows = tuple(row for row in segment_maps.segment_rows("PID") if row.row.path != "gender")
    monkeypatch.setattr("adapters.hl7v2.patient.segment_rows", lambda name: rows)
    assert "Patient.gender does not show 'female'" in Trials("ADT_A01", "PID[Patient]").reason(SEX)


@pytest.mark.parametrize(
    ("says", "shows", "why"),
    [
        (("F", "F "), ("female", "male"), "does not show 'male'"),
        (("F", "M"), ("female", ""), ""),
        (("F", ""), ("female", ""), ""),
        (("F", "F "), ("female", ""), "shows 'female' all the same"),
        (("F", "M"), ("female", "unknown"), "does not show 'unknown'"),
    ],
)
def test_both_values_must_be_seen_and_neither_with_the_other(
    says: tuple[str, str], shows: tuple[str, str], why: str
) -> None:
    found = Trials("ADT_A01", "PID[Patient]").reason(Witness("PID-8 gender", says, "Patient.gender", shows))
    assert why in found
    assert bool(why) is bool(found)


def test_a_row_that_nothing_is_said_of_is_not_yet() -> None:
    rows = list(covered_map("ADT_A01", Witnesses("PID[Patient]")))
    assert {(one.state, one.why) for one in rows} == {(State.NOT_YET, NOTHING_SAID)}
    assert len(rows) == len(ig_rows()["PID[Patient]"])


def test_a_structure_that_is_not_read_counts_as_not_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.hl7v2.coverage.account.is_read", lambda structure: False)
    (sex,) = (row for row in covered_map("ADT_A01", Witnesses("PID[Patient]", (SEX,))) if row.row == SEX.ig)
    assert (sex.state, sex.why) == (State.NOT_YET, UNREAD)


def test_a_row_counts_once_and_as_the_worst_of_its_messages() -> None:
    def row(message: str, key: str, state: State) -> Covered:
        return Covered(message, "M", key, state)

    seen = [
        row("A", "one", State.HONOURED), row("B", "one", State.NOT_YET), row("A", "two", State.HONOURED),
        row("B", "two", State.DELIBERATELY_NOT), row("A", "three", State.DELIBERATELY_NOT),
    ]  # fmt: skip
    assert in_all(seen) == Tally(3, 1, 1, 1)
    assert Tally(2000, 1899, 0, 101).percent == 94.9


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ('[[row]]\nig = "PID-8 gender"\nsays = ["F"]\nat = "Patient.gender"\nshows = ["female", "male"]', "says"),
        ('[[row]]\nig = "PID-8 sex"\nsays = ["F", "M"]\nat = "Patient.gender"\nshows = ["a", "b"]', "PID-8 sex"),
        ('[[no]]\nig = "PID-8 gender"\nwhy = ""', "why"),
        ('[[no]]\nig = "PID-8 gender"\nwhy = "a good reason"\nmessage = "ADT_A17"', "ADT_A17"),
        ('[[no]]\nig = "PID-8 gender"\nwhy = "a good reason"\n'
         '[[later]]\nig = "PID-8 gender"\nwhy = "a good reason"\nmessage = "ADT_A01"', "in two lists"),
        ("[[rows]]", "rows"),
    ],
)  # fmt: skip
def test_a_witness_file_that_is_wrong_says_where(tmp_path: Path, entry: str, path: str) -> None:
    file = tmp_path / "PID-Patient.toml"
    file.write_text(f'map = "PID[Patient]"\n{entry}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=path) as refused:
        load_witnesses(file)
    assert [(issue.rule, issue.expression) for issue in refused.value.issues] == [("mapping-malformed", file.name)]


@pytest.mark.parametrize("name", segment_maps.MAPPED)
def test_every_mapping_row_names_the_rows_of_hl7_it_honours_or_says_that_it_is_the_projects_own(name: str) -> None:
    rows = segment_maps.segment_map(name).rows
    assert {named for row in rows for named in row.ig} <= ig_names()
    silent = [f"{row.field} {row.attribute}" for row in rows if not row.ig and not row.comment]
    assert silent == []


def test_the_rows_of_hl7_are_all_there() -> None:
    assert len(ig_names()) == 1055
    assert len((ROOT / "mappings/hl7v2/ig/rows.csv").read_text(encoding="utf-8").splitlines()) == 1056
