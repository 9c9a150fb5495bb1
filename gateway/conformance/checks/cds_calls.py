"""CDS: a registered client's calls: what a good one is answered, what a bad one must not be.

https://cds-hooks.hl7.org/2.0/
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.caller import Caller
from gateway.conformance.client import Answer
from gateway.conformance.hooks import address, cards, hooks, service_to_ask, stranger
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, omit, skip

_LONGEST = 140  # characters of a summary
_INDICATORS = ("info", "warning", "critical")
_ACTIONS = {"create": "resource", "update": "resource", "delete": "resourceId"}
_REFUSED = (400, 401, 403, 404, 409, 412, 415, 422)

Asking = Callable[[Target, Caller, dict[str, Any]], Findings]


def as_client(check: Asking) -> Callable[[Target], Findings]:
    """The check of the service to ask, omitted without a client and skipped without a service."""

    def asked(target: Target) -> Findings:
        if target.caller is None:
            yield omit("conformance-no-cds-client")
        elif not (one := service_to_ask(target)):
            yield skip("conformance-not-claimed", what="cds-services")
        else:
            yield from check(target, target.caller, one)

    return asked


@as_client
def a_good_call_is_answered_with_whole_cards(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    told = 0
    for answer in _answers(target, caller, one):
        yield from expecting.status(answer, 200)
        if answer.media_type != "application/json" or not isinstance(_list(answer), list):
            yield fault("conformance-element-missing", element="cards", request=expecting.request(answer))
        for card in cards(answer):
            told += 1
            summary = card.get("summary")
            if not isinstance(summary, str) or not summary.strip() or len(summary) > _LONGEST:
                yield fault("conformance-element-missing", element="summary", request=expecting.request(answer))
            if card.get("indicator") not in _INDICATORS:
                yield fault("conformance-element-missing", element="indicator", request=expecting.request(answer))
            source = card.get("source")
            if not isinstance(source, dict) or not isinstance(source.get("label"), str) or not source["label"]:
                yield fault("conformance-element-missing", element="source.label", request=expecting.request(answer))
        if told:
            return
    yield skip("conformance-no-card")


def _list(answer: Answer) -> object:
    return answer.json.get("cards") if isinstance(answer.json, dict) else None


def _answers(target: Target, caller: Caller, one: dict[str, Any]) -> Iterator[Answer]:
    for body in hooks(target, one):
        yield caller.call(target.client, address(target, one), body)


def _card(target: Target, caller: Caller, one: dict[str, Any]) -> dict[str, Any]:
    """The first card that anybody's results give; {} where none does."""
    return next((card for answer in _answers(target, caller, one) for card in cards(answer)), {})


@as_client
def a_suggestion_says_what_it_would_do(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    found = _card(target, caller, one)
    if not found:
        yield skip("conformance-no-card")
        return
    where = f"POST {address(target, one)}"
    suggestions = found.get("suggestions", [])
    if suggestions and found.get("selectionBehavior") not in ("at-most-one", "any"):
        yield fault("conformance-element-missing", element="selectionBehavior", request=where)
    for suggestion in suggestions:
        if not suggestion.get("label"):
            yield fault("conformance-element-missing", element="suggestions.label", request=where)
        for action in suggestion.get("actions", []):
            needed = _ACTIONS.get(str(action.get("type")), "type")
            if not action.get("description") or not action.get(needed):
                yield fault("conformance-element-missing", element=f"actions.{needed}", request=where)


@as_client
def a_card_has_a_number_to_answer_to(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    found = _card(target, caller, one)
    if not found:
        yield skip("conformance-no-card")
    elif not isinstance(found.get("uuid"), str) or not found["uuid"]:
        yield fault("conformance-element-missing", element="uuid", request=f"POST {address(target, one)}")


@as_client
def nothing_to_say_is_an_empty_list(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    answer = caller.call(target.client, address(target, one), stranger(str(one["hook"])))
    yield from expecting.status(answer, 200)
    if answer.status == 200 and _list(answer) != []:
        yield fault("conformance-element-missing", element="cards: []", request=expecting.request(answer))


@as_client
def a_call_without_its_instance_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _without(target, caller, one, hookInstance=None)


@as_client
def a_call_of_another_hook_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _without(target, caller, one, hook="no-such-hook")


@as_client
def a_call_without_its_context_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from _without(target, caller, one, context=None)


@as_client
def a_prefetch_about_somebody_else_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    patient = stranger(str(one["hook"]))["prefetch"]["patient"] | {"id": "somebody-else"}
    yield from _without(target, caller, one, prefetch={"patient": patient})


@as_client
def a_body_that_is_no_json_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    yield from expecting.status(caller.call(target.client, address(target, one), b'{"hook":'), *_REFUSED)


def _without(target: Target, caller: Caller, one: dict[str, Any], **changes: Any) -> Findings:
    body = {name: value for name, value in (stranger(str(one["hook"])) | changes).items() if value is not None}
    yield from expecting.status(caller.call(target.client, address(target, one), body), *_REFUSED)


@as_client
def what_became_of_a_card_may_be_told(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    found = _card(target, caller, one)
    if not found.get("uuid"):
        yield skip("conformance-no-card")
        return
    reasons = found.get("overrideReasons")
    coded = reasons[0] if isinstance(reasons, list) and reasons and isinstance(reasons[0], dict) else {}
    said: dict[str, Any] = {"userComment": "conformance check"}
    said |= {"reason": {name: coded[name] for name in ("system", "code") if name in coded}} if coded else {}
    told = {"card": found["uuid"], "outcome": "overridden", "overrideReason": said}
    moment = datetime.fromtimestamp(caller.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = _fed_back(target, caller, one, [told | {"outcomeTimestamp": moment}])
    yield from expecting.status(answer, 200)


@as_client
def what_became_of_no_card_is_refused(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    told = {"card": str(uuid.uuid4()), "outcome": "thrown-away", "outcomeTimestamp": "yesterday"}
    yield from expecting.status(_fed_back(target, caller, one, [told]), *_REFUSED)


def _fed_back(target: Target, caller: Caller, one: dict[str, Any], told: list[dict[str, Any]]) -> Answer:
    return caller.call(target.client, f"{address(target, one)}/feedback", {"feedback": told}, keeps=True)


@as_client
def a_page_that_may_call_is_let(target: Target, caller: Caller, one: dict[str, Any]) -> Findings:
    if not caller.origin:
        yield omit("conformance-no-origin")
        return
    asked = {
        "Origin": caller.origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = target.client.ask("OPTIONS", address(target, one), asked)
    let = {name: answer.headers.get(f"access-control-allow-{name}", "") for name in ("origin", "methods", "headers")}
    missing = {
        "Origin": let["origin"] not in ("*", caller.origin),
        "Methods": "POST" not in let["methods"],
        "Headers": not {"authorization", "content-type"}
        <= {name.strip() for name in let["headers"].lower().split(",")},
    }
    for name in (name for name, absent in missing.items() if absent):
        header = f"Access-Control-Allow-{name}"
        yield fault("conformance-header-missing", header=header, request=expecting.request(answer))
