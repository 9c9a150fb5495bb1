"""read: GET /fhir/OperationDefinition/{id}, what the project's own operations take and give.

https://hl7.org/fhir/R4/operationdefinition.html. They hold nothing of a patient; any valid token reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Response

from gateway.bundle import CANONICAL, Resource
from gateway.errors import NotFound
from gateway.rest import reuse_definitions
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester

_Parameter = dict[str, Any]

_PUBLISHED = "2026-11-23"


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/OperationDefinition/<logical_id>")
    def read_operation_definition(logical_id: str) -> Response:
        requester(house)
        expect_json()
        only_format(query_pairs())
        found = definitions().get(logical_id)
        if found is None:
            raise NotFound("resource-unknown")
        return fhir_answer(found)


def operations_of(resource_type: str) -> list[dict[str, str]]:
    """Those of a type, as a CapabilityStatement names them."""
    own = (one for one in definitions().values() if one["resource"] == [resource_type])
    return [{"name": one["code"], "definition": one["url"]} for one in own]


def definitions() -> Mapping[str, Resource]:
    """By id."""
    made = (
        _definition(
            "Observation",
            "prior-results",
            "PriorResults",
            "May an earlier result be used again? For each ordered test the verdict (reuse, repeat, or the clinician "
            "decides) with every reason that counted, the result it speaks of and the proof of who signed it. The "
            "doctor always decides.",
            [
                _given("specimen", "0", "*", "Coding", "What the test asks for; with one code only."),
                _given("method", "0", "1", "string", "The method the test asks for."),
                _given("unit", "0", "1", "string", "UCUM code of the unit the requester's laboratory reports in."),
            ],
        ),
        _definition(
            "ImagingStudy",
            "prior-studies",
            "PriorStudies",
            "May an earlier imaging examination be used again? As Observation/$prior-results, of imaging studies with "
            "their reports and where their images are, and of reports whose images nobody told of.",
            [
                _given("modality", "0", "1", "code", "DICOM modality, beside a code or instead of one."),
                _given("body-site", "0", "*", "Coding", "The part of the body; with modality instead of a code."),
                _given("laterality", "0", "1", "code", "The side."),
            ],
        ),
    )
    return {one["id"]: one for one in (*made, *reuse_definitions.definitions(list(_asked([]))))}


def _definition(resource: str, code: str, name: str, description: str, of_one: list[_Parameter]) -> Resource:
    return {
        "resourceType": "OperationDefinition",
        "id": f"{resource}-{code}",
        "url": f"{CANONICAL}/OperationDefinition/{resource}-{code}",
        "version": "1",
        "name": name,
        "status": "active",
        "kind": "operation",
        "experimental": False,
        "date": _PUBLISHED,
        "description": description,
        "affectsState": False,
        "code": code,
        "resource": [resource],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [*_asked(of_one), *_answered()],
    }


def _asked(of_one: list[_Parameter]) -> Iterable[_Parameter]:
    code = _given("code", "0", "*", "Coding", "A test: LOINC, MA_CHI_SO, MA_DICH_VU or a local code, with its system.")
    yield _given(
        "patient", "1", "1", "string", "A Patient's id, or SYSTEM|VALUE of an identifier; linked Patients too."
    )
    yield code
    of_one = [*of_one, _given("priority", "0", "1", "code", "routine, urgent, asap or stat; with one code only.")]
    yield _of_parts("order", "in", "0", "*", "A test with details of its own (POST).", [code, *of_one])
    yield _given("setting", "0", "1", "code", "emergency, inpatient, outpatient, pre-operative or monitoring.")
    yield _given("condition", "0", "*", "code", "What makes reuse unsafe now, by the keys of the lists.")
    yield _given("specialty", "0", "1", "code", "The specialty whose own list holds too.")
    yield from of_one


def _answered() -> Iterable[_Parameter]:
    reason = [
        _told("code", "1", "1", "code", "Which reason."),
        _told("decision", "1", "1", "code", "The best verdict it leaves possible."),
        _told("en", "1", "1", "string", "In English."),
        _told("vi", "1", "1", "string", "In Vietnamese."),
        _told("rule", "0", "1", "string", "Id of the rule that asks it."),
    ]
    proof = [
        _told("signature", "1", "1", "code", "valid, invalid, unverifiable or absent, now."),
        _told("signer", "1", "1", "Identifier", "The facility that signed the exchange."),
        _told("key", "0", "1", "string", "Thumbprint of its key (RFC 7638)."),
        _told("evidence", "0", "1", "url", "Where its evidence file is."),
        _told("exchange", "1", "1", "uri", "The exchange that brought it."),
    ]
    verdict = [
        _told("code", "0", "*", "Coding", "The test."),
        _told("order", "0", "1", "Reference", "The order, where the question named it."),
        _told("decision", "1", "1", "code", "reuse, clinician-decides or repeat."),
        _of_parts("reason", "out", "0", "*", "What counted.", reason),
        _of_parts("notice", "out", "0", "*", "Said with every verdict, changing none.", reason[2:4]),
        _told("result", "0", "1", "Any", "The result it speaks of, as a read serves it."),
        _of_parts("proof", "out", "0", "1", "Who signed it, and what that comes to now.", proof),
        _told("value", "0", "*", "Element", "Its value as written, then in the unit asked for, with the row."),
        _told("considered", "0", "*", "Element", "Each one looked at, and what it alone would have come to."),
        _told("member", "0", "*", "Element", "Of a panel: each of its tests, as a verdict of its own."),
        _told("counted", "1", "1", "unsignedInt", "How many there are in all."),
        _told("series", "0", "*", "Element", "The course over all facilities, oldest first."),
        _told("rule", "0", "*", "Element", "The rules that applied: id, list, layer, source, approved."),
    ]
    yield _told("date", "1", "1", "instant", "When this was so.")
    yield _told("rules-digest", "0", "1", "string", "SHA-256 of the lists in force.")
    yield _of_parts("verdict", "out", "0", "*", "One for each test, as asked.", verdict)


def _given(name: str, least: str, most: str, kind: str, documentation: str) -> _Parameter:
    return _parameter(name, "in", least, most, documentation) | {"type": kind}


def _told(name: str, least: str, most: str, kind: str, documentation: str) -> _Parameter:
    return _parameter(name, "out", least, most, documentation) | {"type": kind}


def _of_parts(name: str, use: str, least: str, most: str, documentation: str, parts: list[_Parameter]) -> _Parameter:
    return _parameter(name, use, least, most, documentation) | {"part": parts}


def _parameter(name: str, use: str, least: str, most: str, documentation: str) -> _Parameter:
    return {"name": name, "use": use, "min": int(least), "max": most, "documentation": documentation}
