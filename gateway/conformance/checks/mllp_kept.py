"""MLLP: what an acknowledgement promises, seen from the FHIR side of the same target.

HL7 v2.5.1 section 2.9: a message that was answered AA is the receiver's from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.conformance import made_up
from gateway.conformance.checks.mllp import Asking, over_mllp, taken
from gateway.conformance.checks.mllp_answers import NO_SET, refused
from gateway.conformance.line import Line
from gateway.conformance.target import Target, matches
from gateway.conformance.verdict import Findings, fault, omit, skip

_REPORT = "DiagnosticReport"


def seen_by_fhir(check: Asking) -> Callable[[Target], Findings]:
    """The check of a listener whose results are found over FHIR by their order's number."""

    @over_mllp
    def asked(target: Target, line: Line) -> Findings:
        if not line.production:
            yield omit("conformance-mllp-training")
        elif "identifier" not in target.parameters(_REPORT):
            yield skip("conformance-not-claimed", what=f"{_REPORT}?identifier")
        else:
            yield from check(target, line)

    return asked


@seen_by_fhir
def what_was_acknowledged_is_there(target: Target, line: Line) -> Findings:
    number = made_up.new_number()
    message = line.result(number)
    yield from taken(line.ask(message), message)
    if len(_reports(target, number)) != 1:
        yield fault("conformance-mllp-not-kept")


@seen_by_fhir
def name_and_value_arrive_as_they_were(target: Target, line: Line) -> Findings:
    number = made_up.new_number()
    message = line.result(number)
    yield from taken(line.ask(message), message)
    found = _reports(target, number)
    if not found:
        yield fault("conformance-mllp-not-kept")
        return
    patient = _read(target, found[0].get("subject"))
    results = [_read(target, one) for one in found[0].get("result") or []]
    if (patient and f'"{made_up.FAMILY_NAME}"' not in patient) or (
        any(results) and made_up.TEST not in "".join(results)
    ):
        yield fault("conformance-mllp-characters")
    if any(results) and not any(f'"value":{made_up.VALUE}' in "".join(one.split()) for one in results):
        yield fault("conformance-mllp-value")
    if not patient and not any(results):
        yield skip("conformance-nothing-held")


def _read(target: Target, reference: object) -> str:
    """The text of what a reference leads to; "" where it leads to nothing that can be read here."""
    place = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(place, str) or "://" in place or place.startswith("#"):
        return ""
    answer = target.get(f"/{place}")
    return answer.body.decode("utf-8", "replace") if answer.status == 200 else ""


@seen_by_fhir
def the_same_message_again_is_the_same(target: Target, line: Line) -> Findings:
    number = made_up.new_number()
    message = line.result(number)
    for _ in range(2):
        yield from taken(line.ask(message), message)
    if len(_reports(target, number)) > 1:
        yield fault("conformance-mllp-twice")


@seen_by_fhir
def what_was_refused_is_not_there(target: Target, line: Line) -> Findings:
    number = made_up.new_number()
    message = line.result(number, f18=NO_SET)
    yield from refused(line.ask(message), message)
    if _reports(target, number):
        yield fault("conformance-mllp-refused-kept")


def _reports(target: Target, number: str) -> list[dict[str, Any]]:
    return matches(target.search(_REPORT, [("identifier", number)]))
