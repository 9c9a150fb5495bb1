"""$translate: GET and POST /fhir/ConceptMap/$translate and /fhir/ConceptMap/{id}/$translate.

https://hl7.org/fhir/R4/conceptmap-operation-translate.html. Parameters that are not built (``conceptMap``,
``dependency``, ``version``) are refused by name, never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from gateway.access import authorise
from gateway.errors import NotFound, PayloadError, SearchRefused
from gateway.jsontext import loads
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import fhir_body, query_pairs
from gateway.rest.concept_maps import all_maps, one_map
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.terminology.translating import Code, Question, as_parameters, system_of, translated

# name → the value[x] it may have in a Parameters
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "url": ("valueUri", "valueCanonical"),
    "conceptMapVersion": ("valueString",),
    "code": ("valueCode", "valueString"),
    "system": ("valueUri",),
    "coding": ("valueCoding",),
    "codeableConcept": ("valueCodeableConcept",),
    "source": ("valueUri", "valueCanonical"),
    "target": ("valueUri", "valueCanonical"),
    "targetsystem": ("valueUri",),
    "reverse": ("valueBoolean",),
}
_COMPLEX = frozenset({"coding", "codeableConcept"})


def open_door(app: Flask, house: House) -> None:
    @app.route("/fhir/ConceptMap/$translate", methods=["GET", "POST"])
    def translate() -> Response:
        return _translated(house, "")

    @app.route("/fhir/ConceptMap/<logical_id>/$translate", methods=["GET", "POST"])
    def translate_by_map(logical_id: str) -> Response:
        return _translated(house, logical_id)


def _translated(house: House, logical_id: str) -> Response:
    authorise(requester(house), "r", "ConceptMap")
    expect_json()
    given = _of_query() if request.method == "GET" else _of_body(house.settings.max_payload_bytes)
    question = _question(given)
    maps = [one_map(house, logical_id)] if logical_id else all_maps(house)
    for name, element in (("url", "url"), ("conceptMapVersion", "version")):
        if name in given:
            maps = [one for one in maps if one[element] == given[name]]
            if not maps:
                raise NotFound("concept-map-unknown")
    return fhir_answer(as_parameters(translated(maps, question)))


def _question(given: Mapping[str, Any]) -> Question:
    named = [name for name in ("code", "coding", "codeableConcept") if name in given]
    if len(named) != 1 or ("system" in given) != ("code" in given):
        raise SearchRefused("translate-what")
    if "code" in given:
        codes = [Code(given["system"], given["code"])]
    else:
        codings = [given["coding"]] if "coding" in given else given["codeableConcept"].get("coding")
        codes = [_code(one) for one in codings] if isinstance(codings, list) else []
    if not codes:
        raise SearchRefused("translate-what")
    wanted = [system_of(given["target"])] if "target" in given else []
    wanted += [given["targetsystem"]] if "targetsystem" in given else []
    if len(set(wanted)) > 1:
        raise SearchRefused("translate-two-targets")
    source = system_of(given["source"]) if "source" in given else None
    return Question(codes, source, wanted[0] if wanted else None, bool(given.get("reverse")))


def _code(coding: Any) -> Code:
    if not isinstance(coding, dict):
        raise PayloadError("translate-form", "Parameters.parameter")
    system, code = coding.get("system", ""), coding.get("code")
    if not isinstance(system, str) or not isinstance(code, str) or not code:
        raise PayloadError("translate-form", "Parameters.parameter")
    return Code(system, code)


def _of_query() -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in query_pairs():
        if name == "_format":
            continue
        if name not in _PARAMETERS or name in _COMPLEX:  # in a URL only what is one word
            raise SearchRefused("translate-parameter-unknown", name=_named(name))
        if name in given:
            raise SearchRefused("search-parameter-repeated", parameter=name)
        if not value or (name == "reverse" and value not in ("true", "false")):
            raise SearchRefused("search-value-malformed", parameter=name)
        given[name] = value == "true" if name == "reverse" else value
    return given


def _of_body(limit: int) -> dict[str, Any]:
    if any(name != "_format" for name, _ in query_pairs()):
        raise PayloadError("http-parameter-unknown")
    body = loads(fhir_body(limit))
    parameters = body.get("parameter") if isinstance(body, dict) and body.get("resourceType") == "Parameters" else None
    if not isinstance(parameters, list):
        raise PayloadError("translate-form", "Parameters")
    given: dict[str, Any] = {}
    for one in parameters:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str):
            raise PayloadError("translate-form", "Parameters.parameter")
        if name not in _PARAMETERS:
            raise SearchRefused("translate-parameter-unknown", name=_named(name))
        if name in given:
            raise SearchRefused("search-parameter-repeated", parameter=name)
        found = [one[kind] for kind in _PARAMETERS[name] if kind in one]
        wanted = bool if name == "reverse" else dict if name in _COMPLEX else str
        if len(found) != 1 or not isinstance(found[0], wanted) or found[0] == "":
            raise PayloadError("translate-form", "Parameters.parameter")
        given[name] = found[0]
    return given


def _named(name: str) -> str:
    """A parameter's name as an answer may repeat it: R4's own, or nothing of the sender's."""
    return name if name in ("conceptMap", "dependency", "version", *_COMPLEX) else "?"
