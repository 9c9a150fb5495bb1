"""The OperationDefinitions of what comes of a verdict: $reuse-accepted and $acknowledge, which change what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.bundle import CANONICAL, Resource


def definitions(asked: Sequence[dict[str, Any]]) -> Iterable[Resource]:
    """``asked``: what $prior-results takes."""
    for kind in ("Observation", "ImagingStudy"):
        yield _definition(
            kind,
            "reuse-accepted",
            "ReuseAccepted",
            "An earlier result stands in the place of an order: judged anew, recorded as the reuse of that version, "
            "with a signed Provenance on the order, which is the answer. The same again is answered with the same.",
            [
                *(one for one in asked if one["name"] in ("patient", "code", "setting", "condition", "specialty")),
                _parameter("result", "in", "1", "1", "Reference", "The result in the version that was shown."),
                _parameter("request", "in", "1", "1", "Identifier", "The order; or a reference to one that is here."),
                _parameter("practitioner", "in", "0", "1", "Identifier", "Who accepted it."),
                _parameter("date", "in", "0", "1", "instant", "When it was accepted; now where it is not said."),
                _parameter("return", "out", "1", "1", "Provenance", "On the order, signed by the facility."),
            ],
        )
    yield _definition(
        "Communication",
        "acknowledge",
        "Acknowledge",
        "Somebody at the facility has read an alert about a result that it reused, and sees to it.",
        [
            _parameter("by", "in", "1", "1", "string", "Who."),
            _parameter("alert", "out", "1", "1", "Reference", "The Communication."),
            _parameter("acknowledged", "out", "1", "1", "instant", "When it was acknowledged."),
            _parameter("by", "out", "1", "1", "string", "By whom."),
        ],
        of_one=True,
    )


def _definition(
    resource: str, code: str, name: str, description: str, parameters: list[dict[str, Any]], *, of_one: bool = False
) -> Resource:
    return {
        "resourceType": "OperationDefinition",
        "id": f"{resource}-{code}",
        "url": f"{CANONICAL}/OperationDefinition/{resource}-{code}",
        "version": "1",
        "name": name,
        "status": "active",
        "kind": "operation",
        "experimental": False,
        "date": "2026-11-23",
        "description": description,
        "affectsState": True,
        "code": code,
        "resource": [resource],
        "system": False,
        "type": not of_one,
        "instance": of_one,
        "parameter": parameters,
    }


def _parameter(name: str, use: str, least: str, most: str, kind: str, documentation: str) -> dict[str, Any]:
    return {
        "name": name, "use": use, "min": int(least), "max": most, "documentation": documentation, "type": kind,
    }  # fmt: skip
