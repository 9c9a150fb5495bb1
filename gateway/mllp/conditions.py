"""What is wrong with a message in HL7's words: the code of table 0357, and the place as ERR-2 has it.

Every other rule is coded by the kind of issue it is (http://hl7.org/fhir/issue-type).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.outcome import Issue

# HL7 table 0357, message error condition codes (v2.5.1 chapter 2, section 2.17.5)
CONDITIONS = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}

_BY_RULE = {
    "hl7v2-message-unsupported": 200,
    "hl7v2-event-unsupported": 201,
    "hl7v2-acknowledgement": 200,
    "hl7v2-slots-without-patient": 201,
    "hl7v2-version-unsupported": 203,
    "hl7v2-header-short": 101,
    "hl7v2-charset-unknown": 103,
    "hl7v2-no-header": 100,
    "mllp-no-header": 100,
    "mllp-several-messages": 100,
    "hl7v2-two-headers": 100,
    "hl7v2-two-patients": 100,
    "hl7v2-segment-malformed": 100,
    "hl7v2-merge-without-prior": 101,
    "hl7v2-merge-itself": 204,
    "hl7v2-merge-elsewhere": 204,
    "hl7v2-merge-number-unsure": 204,
    "hl7v2-visit-without-number": 101,
    "patient-missing": 101,
    "hl7v2-patient-without-number": 101,
    "facility-unknown": 204,
    "record-of-another-facility": 204,
}
_BY_KIND = {
    "structure": 102,
    "invariant": 102,
    "value": 102,
    "invalid": 102,
    "too-long": 102,
    "required": 101,
    "code-invalid": 103,
    "not-supported": 200,
    "not-found": 204,
    "security": 204,
    "forbidden": 204,
    "duplicate": 205,
    "conflict": 205,
    "business-rule": 102,
    "lock-error": 206,
}

# MSH-9, MSH-11 or MSH-12: what makes it AR in original mode and CR in enhanced (sections 2.9.2.2, 2.9.3.2)
NOT_OURS = frozenset({200, 201, 202, 203})

_PLACE = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})(?:\[(?P<sequence>\d+)\])?"
    r"(?:-(?P<field>\d+)(?:\[(?P<repetition>\d+)\])?(?:\.(?P<component>\d+)(?:\.(?P<part>\d+))?)?)?\Z"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One ERR: ``severity`` E or W (table 0516); ``place`` in ERL's components; ``at`` where it is no such place."""

    condition: int
    severity: str
    rule: str
    text: str
    place: tuple[str, ...] = ()
    at: str = ""


def found(issue: Issue, language: str) -> Finding:
    """In the sender's words: the field it came from rather than the element it became."""
    at = issue.source or issue.expression
    place = located(at)
    return Finding(
        _BY_RULE.get(issue.rule) or _BY_KIND.get(issue.code, 207),
        "E" if issue.refuses else "W",
        issue.rule,
        issue.text(language),
        place,
        "" if place else at,
    )


def located(expression: str) -> tuple[str, ...]:
    """``OBX[3]-5.2`` as segment, sequence, field, repetition, component, subcomponent; () when it is no such place."""
    match = _PLACE.match(expression)
    if match is None:
        return ()
    parts = [match["segment"], match["sequence"] or "1", match["field"], match["repetition"]]
    parts += [match["component"], match["part"]]
    if match["field"] and not match["repetition"]:
        parts[3] = "1"
    while parts[-1] is None:
        parts.pop()
    return tuple(part or "" for part in parts)
