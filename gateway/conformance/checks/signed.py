"""SIGN: the signed exchange, its evidence and its receipts, and a message changed in one thing at a time.

docs/signature.md says what is signed. The message is one that the target itself keeps and believes: its resources say
in meta.source from which exchange they came.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.target import FHIR_JSON, Target, codes
from gateway.conformance.verdict import Findings, fault, omit, skip
from gateway.errors import GatewayError
from gateway.jsontext import Number, dumps, loads
from gateway.trust import base64url, evidence
from gateway.trust.form import jws_of
from gateway.trust.verify import verify

_DOOR = "/$process-message"
_OFFLINE = (1, 2, 3, 7, 8)  # the steps of docs/signature.md that need no trust file
Message = dict[str, Any]
Change = Callable[[Message], bool]  # changes a message in place; False where it has no place for it


def a_results_evidence_holds_offline(target: Target) -> Findings:
    answer = next(_evidence(target), None)
    if answer is None:
        yield skip("conformance-no-exchange")
        return
    found = evidence.verify_file(answer.body, None, _now(target))
    for number in _OFFLINE:
        if found.word(number) != "pass":
            yield fault("conformance-evidence", step=number, request=expecting.request(answer))


def a_signed_message_gets_a_signed_receipt(target: Target) -> Findings:
    message = _message(target, from_elsewhere=True)
    if message is None:
        yield skip("conformance-no-message")
        return
    answer = _send(target, dumps(message))
    yield from expecting.status(answer, 200)
    if answer.status != 200:
        return
    if _code(answer) != "ok":
        yield fault("conformance-receipt-code", expected="ok", found=expecting.named(_code(answer)))
    if _response(answer).get("identifier") != message["entry"][0]["resource"].get("id"):
        yield fault("conformance-receipt-other")
    found = verify(answer.body, trust=None, now=_now(target), expect_receipt_for=jws_of(message))
    for number in (*_OFFLINE, 9):
        if found.word(number) != "pass":
            yield fault("conformance-evidence", step=number, request=expecting.request(answer))


def the_same_message_gets_the_same_receipt(target: Target) -> Findings:
    message = _message(target, from_elsewhere=True)
    if message is None:
        yield skip("conformance-no-message")
        return
    first, again = (_send(target, dumps(message)) for _ in range(2))
    yield from expecting.status(again, 200)
    if first.body != again.body:
        yield fault("conformance-receipt-differs")


def changed_content_is_refused(target: Target) -> Findings:
    yield from _tampered(target, _CONTENT)


def a_changed_digit_is_refused(target: Target) -> Findings:
    yield from _tampered(target, {"digit": _digit})


def a_changed_provenance_is_refused(target: Target) -> Findings:
    yield from _tampered(target, {"recorded": _recorded, "agent": _agent})


def another_algorithm_is_refused(target: Target) -> Findings:
    yield from _tampered(
        target, {"none": lambda one: _algorithm(one, "none"), "HS256": lambda one: _algorithm(one, "HS256")}
    )


def a_message_without_a_signature_is_refused(target: Target) -> Findings:
    message = _message(target)
    if message is None:
        yield skip("conformance-no-exchange")
        return
    message["entry"].pop()
    yield from expecting.outcome(_send(target, dumps(message)), 400, 422)


def nothing_is_taken_without_a_token(target: Target) -> Findings:
    if not _takes_messages(target):
        yield skip("conformance-not-claimed", what="$process-message")
        return
    sent = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON}
    body = b'{"resourceType":"Bundle","type":"message"}'
    answer = target.client.ask("POST", target.client.base + _DOOR, sent, body, keeps=True)
    yield from expecting.status(answer, 401)


def another_facilitys_code_is_refused(target: Target) -> Findings:
    if not _takes_messages(target):
        yield skip("conformance-not-claimed", what="$process-message")
    elif not target.credentials.header(target.client):
        yield omit("conformance-no-key")
    else:
        answer = target.post(f"{target.root}/facilities/no-such-facility/payloads", b"MSH|", "text/plain", keeps=True)
        yield from expecting.status(answer, 403, 404)


# ---- the message, and what is said to it ----------------------------------------------


def _tampered(target: Target, changes: dict[str, Change]) -> Findings:
    """None of the changed messages may be taken: a refusal, or a receipt that says no."""
    message, asked = _message(target), False
    if message is None:
        yield skip("conformance-no-exchange")
        return
    for name, change in changes.items():
        changed = deepcopy(message)
        if not change(changed):
            continue
        asked = True
        answer = _send(target, dumps(changed))
        yield from expecting.status(answer, 200, 400, 401, 403, 422)
        if answer.status == 200 and _code(answer) not in ("fatal-error", "transient-error"):
            yield fault("conformance-tampered-taken", what=name)
    if not asked:
        yield skip("conformance-no-exchange")


def _message(target: Target, *, from_elsewhere: bool = False) -> Message | None:
    """A signed message: the one that was given, or one that the target itself keeps; None where it shows none.

    ``from_elsewhere``: one that the target did not make, which it takes again with the receipt it gave.
    """
    if not _takes_messages(target):
        return None
    given = [target.message] if target.message else (answer.body for answer in _evidence(target))
    for one in given:
        try:
            message = evidence.read(one).bundle
            endpoint = str(message["entry"][0]["resource"]["source"]["endpoint"])
        except (GatewayError, KeyError, IndexError, TypeError):
            continue
        if target.message or not from_elsewhere or not target.client.own(endpoint):
            return message
    return None


def _evidence(target: Target) -> Iterator[Answer]:
    """Of the exchanges that results came from, each once, as far as it may be seen."""
    if not target.credentials.header(target.client):
        return
    sources: dict[str, None] = {}
    for resource_type in ("Observation", "DiagnosticReport"):
        for found in target.held(resource_type) if target.claims(resource_type, "search-type") else ():
            sources[str((found.get("meta") or {}).get("source", ""))] = None
    for source in sources:
        if source.startswith("urn:uuid:"):
            path = f"/exchanges/{source.removeprefix('urn:uuid:')}/evidence"
            answer = target.once(f"{target.root}{path}")
            if answer.status == 200:
                yield answer


def _takes_messages(target: Target) -> bool:
    """It claims $process-message, of the server as a whole."""
    rest = target.statement().resource.get("rest")
    listed = [one.get("operation") for one in rest if isinstance(one, dict)] if isinstance(rest, list) else []
    named = {str(op.get("name")) for ops in listed if isinstance(ops, list) for op in ops if isinstance(op, dict)}
    return "process-message" in named | codes(listed)


def _send(target: Target, message: bytes) -> Answer:
    return target.post(_DOOR, message, FHIR_JSON, keeps=True)


def _response(answer: Answer) -> dict[str, Any]:
    entries = answer.resource.get("entry") or [{}]
    header = entries[0].get("resource") if isinstance(entries, list) and isinstance(entries[0], dict) else None
    response = header.get("response") if isinstance(header, dict) else None
    return response if isinstance(response, dict) else {}


def _code(answer: Answer) -> str:
    return str(_response(answer).get("code", ""))


def _now(target: Target) -> datetime:
    return datetime.fromtimestamp(target.credentials.now(), UTC)


# ---- one change each --------------------------------------------------------------------


def _of(message: Message, resource_type: str, *elements: str) -> dict[str, Any] | None:
    """The first resource of a type that has these elements."""
    for entry in message["entry"][:-1]:
        found: dict[str, Any] = entry.get("resource", {})
        if found.get("resourceType") == resource_type and set(elements) <= found.keys():
            return found
    return None


def _measured(message: Message, element: str, value: object) -> bool:
    found = _of(message, "Observation", "valueQuantity")
    if found is None:
        return False
    found["valueQuantity"][element] = value
    return True


def _said(message: Message, resource_type: str, element: str, value: object) -> bool:
    found = _of(message, resource_type, element)
    if found is None:
        return False
    found[element] = value
    return True


def _header(message: Message) -> bool:
    message["entry"][0]["resource"]["sender"]["identifier"]["value"] = "no-such-facility"
    return True


def _entry_less(message: Message) -> bool:
    if len(message["entry"]) < 4:
        return False
    del message["entry"][-2]
    return True


def _entry_more(message: Message) -> bool:
    more = {"resourceType": "Basic", "id": "7d6f3c52-0000-4000-8000-000000000001", "code": {"text": "more"}}
    message["entry"].insert(-1, {"fullUrl": f"urn:uuid:{more['id']}", "resource": more})
    return True


def _digit(message: Message) -> bool:
    """Equal as a number, and in RFC 8785; another text."""
    found = _of(message, "Observation", "valueQuantity")
    if found is None or "value" not in found["valueQuantity"]:
        return False
    token = dumps(found["valueQuantity"]["value"]).decode()
    found["valueQuantity"]["value"] = Number(f"{token}0" if "." in token else f"{token}.0")
    return True


def _recorded(message: Message) -> bool:
    message["entry"][-1]["resource"]["recorded"] = "2001-01-01T00:00:00Z"
    return True


def _agent(message: Message) -> bool:
    message["entry"][-1]["resource"]["agent"][0]["who"]["identifier"]["value"] = "no-such-facility"
    return True


def _algorithm(message: Message, name: str) -> bool:
    signature = message["entry"][-1]["resource"]["signature"][0]
    header, _, signed = base64.b64decode(signature["data"]).decode("ascii").partition("..")
    changed = {**loads(base64url.decode(header)), "alg": name}
    told = f"{base64url.encode(dumps(changed))}..{'' if name == 'none' else signed}"
    signature["data"] = base64.b64encode(told.encode()).decode()
    return True


_CONTENT: dict[str, Change] = {
    "value": lambda one: _measured(one, "value", Number("987654.3")),
    "comparator": lambda one: _measured(one, "comparator", "<"),
    "unit": lambda one: _measured(one, "unit", "mol/L"),
    "status": lambda one: _said(one, "Observation", "status", "entered-in-error"),
    "code": lambda one: _said(one, "Observation", "code", {"text": "another test"}),
    "subject": lambda one: _said(one, "Patient", "name", [{"text": "ANOTHER"}]),
    "sender": _header,
    "entry-removed": _entry_less,
    "entry-added": _entry_more,
}
