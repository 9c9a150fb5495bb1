"""What checks expect of an answer, each as findings: none where it holds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.conformance.client import Answer
from gateway.conformance.verdict import Findings, fault
from gateway.r4 import check

_FHIR = ("application/fhir+json", "application/json")
_MOST = 5  # of the issues of one resource: enough to begin with


def status(answer: Answer, *wanted: int) -> Findings:
    if answer.status not in wanted:
        expected = ", ".join(map(str, wanted))
        yield fault("conformance-status", expected=expected, status=answer.status, request=request(answer))


def resource(answer: Answer, resource_type: str) -> Findings:
    """It is a resource of the type, in FHIR's media type, and valid."""
    found = answer.resource.get("resourceType", "")
    if not answer.resource:
        yield fault("conformance-not-fhir", request=request(answer))
    elif found != resource_type:
        yield fault("conformance-other-type", expected=resource_type, found=named(found), request=request(answer))
    else:
        yield from valid(answer.resource, request(answer))


def outcome(answer: Answer, *statuses: int) -> Findings:
    """A refusal: one of these statuses with an OperationOutcome that has an error, or a fatal one.

    https://hl7.org/fhir/R4/http.html#Status-Codes
    """
    yield from status(answer, *statuses)
    if answer.status >= 400:
        yield from resource(answer, "OperationOutcome")
        if answer.media_type not in _FHIR:
            yield fault("conformance-media-type", found=named(answer.media_type), request=request(answer))
        issues = answer.resource.get("issue")
        severities = (
            {one.get("severity") for one in issues if isinstance(one, dict)} if isinstance(issues, list) else set()
        )
        if answer.resource.get("resourceType") == "OperationOutcome" and not severities & {"error", "fatal"}:
            yield fault("conformance-outcome-without-error", request=request(answer))


def valid(found: dict[str, Any], where: str) -> Findings:
    """It is valid FHIR R4 4.0.1, as far as this project's check sees."""
    issues = [issue for issue in check(found) if issue.refuses]
    for issue in issues[:_MOST]:
        yield fault("conformance-not-valid", request=where, path=issue.expression, rule=issue.rule)


def same(one: Collection[object], other: Collection[object]) -> bool:
    return sorted(map(str, one)) == sorted(map(str, other))


def request(answer: Answer) -> str:
    """``GET /Observation``: without its query, which may name a patient."""
    return f"{answer.method} {answer.url.partition('?')[0]}"


def named(text: object) -> str:
    """A word of the target's for a sentence: short, and nothing but a name."""
    return "".join(sign for sign in str(text) if sign.isalnum() or sign in "-_./+;= ")[:60] or "-"
