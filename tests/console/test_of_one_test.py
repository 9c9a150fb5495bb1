"""What stands in a test's row is a result of that test, and nothing that was found stands in none."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.console.clinic import Clinic, words
from tests.prior.laboratory import told

_ROW = re.compile(r'<tr><th scope="row">.*?</tr>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def rows(page: str) -> dict[str, str]:
    """The overview: a test's name, and the words of its row."""
    found = [" ".join(unescape(_TAG.sub(" ", row)).split()) for row in _ROW.findall(page)]
    return {row.partition("  ")[0].split(" mmol")[0].rsplit(" ", 1)[0]: row for row in found}


def test_a_laboratory_code_used_for_two_tests_does_not_make_them_one(clinic: Clinic) -> None:
    """One code of the laboratory's own for glucose in blood and in urine: two LOINC codes, two rows, two courses."""
    blood: dict[str, Any] = {"code": "GLU", "loinc": "2340-8", "name_of_test": "Glucose máu", "unit": "mmol/L"}
    urine: dict[str, Any] = {"code": "GLU", "loinc": "25428-4", "name_of_test": "Glucose niệu", "unit": "mmol/L"}
    told(clinic.world, "1", days_ago=5, value="4.8", **blood)
    told(clinic.world, "2", days_ago=3, value="5.5", **blood)
    told(clinic.world, "3", days_ago=1, value="55.5", **urine)
    clinic.sign_in()
    address = clinic.look()
    found = rows(clinic.get(address).text)
    assert "5.5 mmol/L" in found["Glucose máu"]
    assert "55.5 mmol/L" not in found["Glucose máu"]
    assert "55.5 mmol/L" in found["Glucose niệu"]
    chosen = words(clinic.post(address, test="http://loinc.org|2340-8"))
    assert "55.5" not in chosen.partition("Glucose máu")[2].partition("Xét nghiệm (")[0]


def test_what_came_under_a_laboratory_code_alone_is_not_mixed_with_what_is_known_better(clinic: Clinic) -> None:
    known: dict[str, Any] = {"code": "GLU", "loinc": "25428-4", "name_of_test": "Glucose niệu", "unit": "mmol/L"}
    told(clinic.world, "1", days_ago=1, value="55.5", **known)
    told(clinic.world, "2", days_ago=5, code="GLU", loinc="", name_of_test="Glucose", value="4.8", unit="mmol/L")
    clinic.sign_in()
    found = rows(clinic.get(clinic.look()).text)
    assert "4.8 mmol/L" in found["Glucose"]
    assert "55.5" not in found["Glucose"]


def test_a_result_under_a_panels_own_code_is_shown_beside_those_of_its_tests(clinic: Clinic) -> None:
    told(clinic.world, "1", days_ago=3)
    panel: dict[str, Any] = {"code": "PAN", "loinc": "55399-0", "name_of_test": "Bộ", "unit": "mmol/L"}
    told(clinic.world, "2", days_ago=3, value="7.7", **panel)
    clinic.sign_in()
    address = clinic.look()
    row = next(row for row in rows(clinic.get(address).text).values() if row.startswith("Bộ đái tháo đường"))
    assert "7.7 mmol/L" in row
    chosen = words(clinic.post(address, test="diabetes-panel")).partition("Xét nghiệm (")[0]
    assert "7.7 mmol/L" in chosen
    assert "hợp lệ" in chosen
    assert "không có căn cứ để quy đổi" not in chosen
