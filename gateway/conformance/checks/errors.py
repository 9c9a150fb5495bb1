"""ERR: what is refused, with which status, and in which words.

https://hl7.org/fhir/R4/http.html#Status-Codes
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.target import FHIR_JSON, Target, codes
from gateway.conformance.verdict import Findings, fault, skip

_INSIDE = re.compile(
    rb"Traceback \(most recent|\bat [a-z]+(?:\.[\w$]+)+\([\w.]+:[0-9]+\)|\bin <module>|SQLSTATE|ORA-[0-9]{5}"
    rb"|java\.(?:lang|sql)\.\w+|psycopg|sqlalchemy|(?:/usr/|/home/|/var/|/opt/|[A-Z]:\\\\)[\w./\\-]+\.(?:py|java|cs|php)\b"
)
_LONG = 60_000  # characters


def a_bad_search_is_told_in_an_outcome(target: Target) -> Findings:
    yield from expecting.outcome(_refused_search(target), 400)


def what_is_not_there_is_told_in_an_outcome(target: Target) -> Findings:
    yield from expecting.outcome(target.get(f"/{_type(target)}/{uuid.uuid4()}"), 404)


def nothing_is_told_without_a_token(target: Target) -> Findings:
    if not target.credentials.header(target.client):
        yield skip("conformance-open")
        return
    answer = target.get(f"/{_type(target)}", bare=True)
    yield from expecting.status(answer, 401)
    if answer.status == 401 and not answer.headers.get("www-authenticate", "").lower().startswith("bearer"):
        yield fault("conformance-header-missing", header="WWW-Authenticate: Bearer", request=expecting.request(answer))


def a_token_that_is_none_opens_nothing(target: Target) -> Findings:
    if not target.credentials.header(target.client):
        yield skip("conformance-open")
        return
    made_up = {"Authorization": f"Bearer {uuid.uuid4().hex}"}
    yield from expecting.status(target.get(f"/{_type(target)}", made_up, bare=True), 401)


def a_method_that_is_not_offered_is_refused(target: Target) -> Findings:
    answer = target.client.ask("DELETE", f"{target.client.base}/metadata", {"Accept": FHIR_JSON})
    yield from expecting.status(answer, 405, 400, 401, 403, 404, 501)


def broken_json_is_refused(target: Target) -> Findings:
    claimed = next((name for name, one in target.types().items() if _validates(one.get("operation"))), None)
    if claimed is None:
        yield skip("conformance-not-claimed", what="$validate")
        return
    answer = target.post(f"/{claimed}/$validate", b'{"resourceType":"' + claimed.encode() + b'","id":', FHIR_JSON)
    yield from expecting.outcome(answer, 400)


def no_refusal_shows_the_inside(target: Target) -> Findings:
    for answer in _refusals(target):
        if shows_the_inside(answer):
            yield fault("conformance-inside-shown", request=expecting.request(answer))


def what_is_asked_wrongly_is_no_fault_of_the_server(target: Target) -> Findings:
    for answer in _refusals(target):
        if answer.status >= 500 and answer.status != 501:
            yield fault("conformance-status", expected="4xx", status=answer.status, request=expecting.request(answer))


def an_endless_question_is_refused(target: Target) -> Findings:
    answer = target.search(_type(target), [("_id", "x" * _LONG)])
    if not 400 <= answer.status < 500:
        yield fault("conformance-status", expected="4xx", status=answer.status, request=expecting.request(answer))


def shows_the_inside(answer: Answer) -> bool:
    """A stack trace, a database's error or a path of the server stands in it."""
    return bool(_INSIDE.search(answer.body))


def _refusals(target: Target) -> Iterator[Answer]:
    yield _refused_search(target)
    yield target.get(f"/{_type(target)}/{uuid.uuid4()}")
    yield target.get(f"/{_type(target)}/{'x' * 65}")
    yield target.get(f"/{_type(target)}/%00")
    yield target.get(f"/{_type(target)}?_count=many")
    yield target.post(f"/{_type(target)}/_search", b"\xff\xfe=%", "application/x-www-form-urlencoded")


def _refused_search(target: Target) -> Answer:
    return target.search(_type(target), [("no-such-parameter", "1")], Prefer="handling=strict")


def _type(target: Target) -> str:
    return (target.searchable() or ["Patient"])[0]


def _validates(operations: object) -> bool:
    listed = operations if isinstance(operations, list) else []
    return "validate" in {one.get("name") for one in listed if isinstance(one, dict)} or "validate" in codes(operations)
