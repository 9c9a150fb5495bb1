"""Every parameter stands where R4 defines it, with R4's type, element and targets."""

from __future__ import annotations

import re

import pytest

from gateway.r4.search_parameters import search_parameters
from gateway.search import supported, supported_includes
from gateway.search.parameters import OF_R5, PARAMETERS, STORED_TYPES, Parameter

ALL = [parameter for rows in PARAMETERS.values() for parameter in rows.values()]
BUILT = [one for one in ALL if (one.type, one.name) not in OF_R5]


def elements(parameter: Parameter) -> set[str]:
    """The elements R4's expression names for the type, without the test of the target's type."""
    expression = search_parameters(parameter.type)[parameter.name].expression
    alternatives = [re.sub(r"\.where\(resolve\(\) is \w+\)", "", one).strip() for one in expression.split("|")]
    return {one.removeprefix(f"{parameter.type}.") for one in alternatives if one.startswith(f"{parameter.type}.")}


@pytest.mark.parametrize("parameter", BUILT, ids=lambda parameter: f"{parameter.type}:{parameter.name}")
def test_a_parameter_is_what_r4_defines_for_the_type(parameter: Parameter) -> None:
    defined = search_parameters(parameter.type)[parameter.name]
    assert defined.type == parameter.kind
    if parameter.path:
        assert elements(parameter) == {path.replace("[x]", "") for path in parameter.path.split("|")}
    assert set(parameter.targets) <= defined.target


@pytest.mark.parametrize("parameter", BUILT, ids=lambda parameter: f"{parameter.type}:{parameter.name}")
def test_every_type_stored_here_that_a_reference_may_point_to_is_followed(parameter: Parameter) -> None:
    """Except where R4 allows anything: Provenance.target is what a message carries, Task.for and the subject of a
    Composition a patient."""
    defined = search_parameters(parameter.type)[parameter.name]
    anything = parameter.path in ("target", "for") or (parameter.type, parameter.path) == (
        "Composition",
        "subject",
    )
    if parameter.kind == "reference" and parameter.name != "patient" and not anything:
        assert set(parameter.targets) == defined.target & set(STORED_TYPES)


def test_what_the_main_job_needs_is_built() -> None:
    needed = {
        "Patient": {"identifier", "_id", "_lastUpdated"},
        "Observation": {"patient", "subject", "code", "category", "date", "status", "based-on", "encounter"},
        "DiagnosticReport": {"patient", "code", "category", "date", "status", "based-on", "encounter", "issued"},
        "ServiceRequest": {"patient", "identifier", "authored", "status", "encounter"},
        "Specimen": {"patient", "identifier", "collected"},
        "ImagingStudy": {"patient", "identifier", "started", "status", "encounter"},
    }
    for resource_type, names in needed.items():
        assert names <= {name for name, _, _ in supported()[resource_type]}


def test_only_what_r4_has_no_parameter_for_is_asked_as_r5_defines_it() -> None:
    """https://hl7.org/fhir/R5/diagnosticreport.html#search: the study of a report."""
    (one,) = (parameter for parameter in ALL if (parameter.type, parameter.name) in OF_R5)
    assert (one.type, one.name, one.kind, one.path) == ("DiagnosticReport", "study", "reference", "imagingStudy")
    assert "study" not in search_parameters("DiagnosticReport")
    assert "R5" in one.documentation


def test_what_is_listed_is_what_is_built() -> None:
    assert {(t, name) for t, rows in supported().items() for name, _, _ in rows} == {(p.type, p.name) for p in ALL}
    includes = {one for rows in supported_includes().values() for one in rows}
    assert includes == {f"{p.type}:{p.name}" for p in ALL if p.kind == "reference"}


def test_rows_shared_by_two_parameters_are_of_one_element() -> None:
    for parameter in BUILT:
        if parameter.rows not in ("", parameter.name):
            owner = PARAMETERS[parameter.type][parameter.rows]
            assert owner.path == parameter.path
            assert owner.rows == owner.name
            assert set(parameter.targets) <= set(owner.targets)
