"""Faults of the capability statement, and of what it promises."""

from __future__ import annotations

from gateway.simulator.faulty.fault import EMPTY, Asked, Forward, Told, broken

_METADATA = "/fhir/metadata"


def _restated(asked: Asked, forward: Forward, **changes: object) -> Told:
    told = forward(asked)
    return told.saying(told.json | changes) if asked.path == _METADATA else told


@broken("statement-invalid", "CAP-1", "its statement has a status that R4 does not know")
def statement_invalid(asked: Asked, forward: Forward) -> Told:
    return _restated(asked, forward, status="in-use")


@broken("statement-of-r5", "CAP-2", "its statement is of FHIR 5.0.0")
def statement_of_r5(asked: Asked, forward: Forward) -> Told:
    return _restated(asked, forward, fhirVersion="5.0.0")


@broken("type-promised", "CAP-3", "it claims to search Flag, and does not")
def type_promised(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _METADATA:
        return told
    statement = told.json
    promised = {"type": "Flag", "interaction": [{"code": "read"}, {"code": "search-type"}]}
    statement["rest"][0]["resource"].append(promised)
    return told.saying(statement)


@broken("every-type-answered", "CAP-4", "it answers a search of a type it does not know with an empty Bundle")
def every_type_answered(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return EMPTY if asked.is_search and told.status == 404 else told


@broken("other-address", "CAP-5", "its statement names the address of another server")
def other_address(asked: Asked, forward: Forward) -> Told:
    where = {"description": "Another", "url": "https://elsewhere.example/fhir"}
    return _restated(asked, forward, implementation=where)


@broken("parameter-misdeclared", "CAP-6", "it declares Patient.birthdate as a string")
def parameter_misdeclared(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.path != _METADATA:
        return told
    statement = told.json
    for resource in statement["rest"][0]["resource"]:
        for parameter in resource.get("searchParam", ()):
            if parameter["name"] == "birthdate":
                parameter["type"] = "string"
    return told.saying(statement)
