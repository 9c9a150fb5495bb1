"""What of a request and its answer a report may show: structure and codes, never a token or a patient's value.

Of a resource only elements that are known to hold none are shown; every other value becomes ``***``. So an element
that nobody thought of is masked, not leaked.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from gateway.conformance.client import Answer
from gateway.conformance.line import ER7
from gateway.errors import PayloadError
from gateway.jsontext import dumps, loads

MASK = "***"
_TELLING = 3  # characters from which a value can say of whom it is
LONGEST = 6000  # characters of a body that a report shows

# Answers that hold no patient's value at all: shown whole.
_OF_THE_ENDPOINT = frozenset({"CapabilityStatement", "OperationDefinition", "ConceptMap", "OperationOutcome"})
# Elements that say what something is, not what was found of whom.
_SHOWN = frozenset({
    "resourceType", "id", "type", "mode", "status", "system", "code", "reference", "relation", "versionId",
    "lastUpdated", "total", "severity", "fhirVersion", "kind", "method", "etag", "lastModified", "event", "url",
    "fullUrl", "profile", "error", "error_description", "token_type", "expires_in", "scope", "token_endpoint",
    "grant_types_supported", "token_endpoint_auth_methods_supported", "scopes_supported", "capabilities",
    "jwks_uri", "token_endpoint_auth_signing_alg_values_supported", "payload_sha256", "hook", "title", "services", "vr",
})  # fmt: skip
# Where ``code`` and ``id`` stand beside something that names a person, they are masked with the rest.
_PERSONAL = frozenset({"identifier", "name", "telecom", "address", "contact", "text", "photo", "accessionIdentifier"})
_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
# Of an acknowledgement's segments, fields that hold codes and places alone: MSA-1 and 2, ERR-1 to 4.
_CODED = {"MSA": 2, "ERR": 4}
_SECRETS = re.compile(r"(client_assertion|access_token|client_secret)=[^&]*")
# Search parameters whose value says of whom it is.
_OF_SOMEBODY = re.compile(
    r"(?i)^patient(id|name)$|^0010|^00080050|identifier|accession|birthdate|name|family|given|phone|email|address|telecom|_cursor"
)


def headers(told: dict[str, str]) -> dict[str, str]:
    return {name: MASK if name.lower() in _HEADERS else value for name, value in told.items()}


def url(address: str) -> str:
    """With the values of search parameters that name a person masked."""
    parts = urlsplit(address)
    if not parts.query:
        return address
    asked = [(name, _value(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(asked, safe="*|:/,")))


def _value(name: str, value: str) -> str:
    if not _OF_SOMEBODY.search(name):
        return value
    system, bar, _ = value.rpartition("|")
    return f"{system}{bar}{MASK}"


def body(data: bytes, media_type: str) -> str:
    """A body as text, masked; what cannot be read as JSON or a form is said by its length alone."""
    if not data:
        return ""
    if "form-urlencoded" in media_type:
        text = _SECRETS.sub(rf"\1={MASK}", data.decode("utf-8", "replace"))
        return urlencode([(name, _value(name, value)) for name, value in parse_qsl(text)], safe="*|:/,")[:LONGEST]
    if media_type == ER7:
        return er7(data)[:LONGEST]
    try:
        value = loads(data)
    except PayloadError:
        return f"({len(data)} bytes, no JSON)"
    whole = isinstance(value, dict) and value.get("resourceType") in _OF_THE_ENDPOINT
    shown = msgspec.json.format(dumps(value if whole else _masked(value, "")), indent=1).decode()
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}\n…"


def er7(message: bytes) -> str:
    """Of an HL7 v2 message its header, whole, and what an acknowledgement says in codes; else the names of segments."""
    lines = re.split(r"[\r\n]+", message.decode("utf-8", "replace").strip())
    mark = lines[0][3:4] or "|"
    return "\n".join(
        line if number == 0 and line[:3] == "MSH" else _segment(line, mark) for number, line in enumerate(lines)
    )


def _segment(line: str, mark: str) -> str:
    name, *fields = line.split(mark)
    shown = _CODED.get(name, 0)
    kept = [*fields[:shown], *(MASK if field else "" for field in fields[shown:])]
    return mark.join([name if re.fullmatch("[A-Z][A-Z0-9]{2}", name) else MASK, *kept])


def _masked(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        if value.get("resourceType") == "OperationOutcome":
            return value
        return {key: MASK if key in _PERSONAL else _masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, name) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if name in ("url", "fullUrl", "reference"):
        return url(str(value))
    return value if name in _SHOWN else MASK


def _echoed(answer: Answer) -> set[str]:
    """What was asked of a person, as it may come back in the words of a refusal."""
    form = (
        answer.body_sent.decode("utf-8", "replace")
        if answer.sent.get("Content-Type", "").endswith("urlencoded")
        else ""
    )
    asked = [*parse_qsl(urlsplit(answer.url).query), *parse_qsl(form)]
    values = {part for name, value in asked if _OF_SOMEBODY.search(name) for part in (value, value.rpartition("|")[2])}
    return {value for value in values if len(value) >= _TELLING}


def _without(text: str, values: set[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def shown(answer: Answer) -> dict[str, Any]:
    """A request and its answer as a report shows them."""
    made: dict[str, Any] = {
        "method": answer.method,
        "url": url(answer.url),
        "headers": headers(dict(answer.sent)),
        "body": body(answer.body_sent, answer.sent.get("Content-Type", "")),
        "status": answer.status,
        "answer_headers": headers(dict(answer.headers)),
        "answer": _without(body(answer.body, answer.media_type), _echoed(answer)),
        "milliseconds": answer.milliseconds,
    }
    return made | ({"trouble": answer.trouble} if answer.trouble else {})
