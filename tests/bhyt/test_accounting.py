"""Nothing is dropped: every field given is in the lineage or in the list, and XML6 and XML15 never show a value."""

from __future__ import annotations

import pytest

from adapters.bhyt.coverage.trial import payload as full_payload
from adapters.bhyt.coverage.trial import rows_of
from adapters.bhyt.coverage.witnesses import Shown, witnesses
from adapters.bhyt.layouts import known_fields
from adapters.bhyt.table_maps import table_maps
from gateway.adapter import Translation
from gateway.bundle import body
from tests.bhyt.building import (
    IMAGING_RESULT,
    IMAGING_SERVICE,
    RESULT,
    SERVICE,
    SUMMARY,
    envelope,
    file_xml,
    one,
    payload,
    rules,
    table_xml,
    translated,
    unplaced,
)


def sources(translation: Translation) -> set[str]:
    return {part.partition(" (")[0] for source in translation.lineage.values() for part in source.split(", ")}


@pytest.mark.parametrize("table", table_maps())
def test_the_mapping_file_speaks_of_every_field_of_every_decision_and_of_no_other(table: str) -> None:
    assert table_maps()[table].fields == known_fields(table)


@pytest.mark.parametrize("table", table_maps())
def test_every_field_of_every_decision_is_placed_or_listed(table: str) -> None:
    """Each field is given a value of its own in a full record, alone or beside what it belongs to."""
    full = witnesses(table)[0] if witnesses(table) else Shown({"MA_LK": SUMMARY["MA_LK"]}, {}, {})
    for name in sorted(known_fields(table)):
        rows = rows_of(table, full)
        rows[table].setdefault(name, "1")
        made = translated(full_payload(rows))
        at = f"{table}.{name}" if table == "XML1" else f"{table}[1].{name}"
        said = at in sources(made) or any(field.partition("[2")[0] == at or field == at for field in unplaced(made))
        assert said or name == "MA_LK", at  # it joins the row to its episode


def test_a_placed_field_is_not_also_listed() -> None:
    made = translated(payload(services=[SERVICE, IMAGING_SERVICE], results=[RESULT, IMAGING_RESULT]))
    assert sources(made) & set(unplaced(made)) == set()


def test_a_vendors_element_is_listed_with_a_warning() -> None:
    made = translated(payload(results=[RESULT | {"TEN_DICH_VU": "của phần mềm"}]))
    assert "XML4[1].TEN_DICH_VU" in unplaced(made)
    assert "bhyt-field-unknown" in rules(made)
    assert not made.held


def with_raw_result(change: tuple[str, str]) -> Translation:
    xml4 = table_xml("XML4", [RESULT]).replace(*change)
    files = file_xml("XML1", table_xml("XML1", [SUMMARY | {"CAN_NANG": "", "NHOM_MAU": ""}])) + file_xml("XML4", xml4)
    return translated(envelope(f"<HOSO>{files}</HOSO>"))


def test_an_element_with_elements_inside_is_listed() -> None:
    made = with_raw_result(("<MO_TA></MO_TA>", "<MO_TA><B>đậm</B></MO_TA>"))
    assert "XML4[1].MO_TA" in unplaced(made)
    assert "bhyt-field-unknown" in rules(made)


def test_a_field_that_occurs_twice_holds() -> None:
    made = with_raw_result(("</GIA_TRI>", "</GIA_TRI><GIA_TRI>99</GIA_TRI>"))
    assert made.held
    assert "bhyt-field-twice" in rules(made)
    assert one(made, "Observation")["valueQuantity"]["value"].token == "12.4"
    assert not with_raw_result(("</GIA_TRI>", "</GIA_TRI><GIA_TRI>12.4</GIA_TRI>")).held


def test_a_row_of_another_episode_is_listed_field_by_field_and_shows_no_value() -> None:
    secret = "KHÔNG AI ĐƯỢC THẤY"
    made = translated(payload(XML6=[{"HO_TEN": secret}], XML15=[{"PHANLOAI_LAO_HIV": secret, "MA_LK": "KHAC"}]))
    listed = unplaced(made)
    assert {"XML6[1].HO_TEN", "XML15[1].PHANLOAI_LAO_HIV"} <= listed.keys()
    everything = body(made.bundle()).decode() + repr(made.issues) + repr(made.unplaced) + repr(made.lineage)
    assert secret not in everything


def test_a_table_nobody_knows_is_listed() -> None:
    assert "XML77" in unplaced(translated(payload(XML77=[{"HO_TEN": "A"}])))


def test_issues_and_lists_carry_no_value() -> None:
    broken = SUMMARY | {"NGAY_SINH": "77777777", "GIOI_TINH": "88888", "NGAY_RA": "66666666", "CAN_NANG": "55555,5"}
    made = translated(payload(broken, results=[RESULT | {"NGAY_KQ": "44444444", "GIA_TRI": "33333,3"}]))
    said = " ".join(
        [issue.text() + issue.expression + repr(dict(issue.parameters)) for issue in made.issues]
        + [field.field + field.reason for field in made.unplaced]
    )
    for value in ("77777777", "88888", "66666666", "55555", "44444444", "33333"):
        assert value not in said
