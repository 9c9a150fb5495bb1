"""POST /cds-services/{id}/feedback: what a reader did with a card (https://cds-hooks.hl7.org/2.0/#feedback).

Kept whole or not at all, and once however often it is sent. 1.0 knows no feedback. An accepted suggestion is recorded
as a reuse (gateway.reused); one that is no reuse any more is kept as told, its facility is alerted, and the answer is
409 with what changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.cds.offered import SERVICES
from gateway.cds.outcomes import Outcome, Outcomes
from gateway.errors import Conflict, NotFound, PayloadError
from gateway.jsontext import dumps, loads
from gateway.rest.answers import json_answer
from gateway.rest.bodies import LARGEST_FORM, body, only_format, query_pairs
from gateway.rest.cds.caller import caller, presented
from gateway.rest.house import House
from gateway.store import Connection, audit, cards
from gateway.store.cards import Feedback

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)\Z")
_LONGEST_COMMENT = 2000  # characters
_LONGEST = 255
_MOST = 100  # entries of one body


def open_door(app: Flask, house: House) -> None:
    outcomes = Outcomes(house.store, house.acceptances)

    @app.post("/cds-services/<service_id>/feedback")
    def cds_feedback(service_id: str) -> Response:
        if service_id not in SERVICES:
            raise NotFound("cds-service-unknown")
        authorization = presented()
        only_format(query_pairs())
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        text = body(LARGEST_FORM * 4)
        client = caller(house, authorization, f"/cds-services/{service_id}/feedback")
        g.client_id = client.client_id
        if client.cds_hooks == "1.0":
            raise NotFound("cds-feedback-version")
        told = list(_read(loads(text)))
        now = house.now()

        verdicts = [outcomes.judged(client, one) for one in told]

        def work(connection: Connection) -> tuple[list[Feedback], list[Outcome]]:
            new, became = [], []
            for number, (one, verdict) in enumerate(zip(told, verdicts, strict=True)):
                kept = cards.told(connection, client.client_id, one, now)
                if kept is None:
                    raise NotFound("cds-card-unknown", f"feedback[{number}]")
                if kept:
                    new.append(one)
                    detail = {"card": one.card, "outcome": one.outcome, "reason": one.reason[1]}
                    audit.append(connection, now, client.client_id, "cds-feedback", client.basis, detail)
                if one.outcome == "accepted":
                    became.append(outcomes.keep(connection, verdict, f"feedback[{number}]", new=kept))
            return new, became

        new, became = house.store.write(work)
        for one in new:
            house.measures.fed_back(one.outcome)
        for each in became:
            if each.new:
                house.measures.reused("refused" if each.issues else "recorded")
        if refused := [issue for each in became for issue in each.issues]:
            raise Conflict(refused[0].rule, issues=refused)
        return json_answer(dumps({}))


def _read(found: Any) -> Iterator[Feedback]:
    listed = found.get("feedback") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not listed:
        raise PayloadError("cds-feedback-form", "feedback")
    if len(listed) > _MOST:
        raise PayloadError("cds-feedback-many", "feedback", limit=_MOST)
    for number, one in enumerate(listed):
        yield _one(one, f"feedback[{number}]")


def _one(one: Any, path: str) -> Feedback:
    if not isinstance(one, dict):
        raise PayloadError("cds-feedback-form", path)
    card, outcome = _text(one, "card", path), one.get("outcome")
    if outcome not in ("accepted", "overridden"):
        raise PayloadError("cds-feedback-outcome", f"{path}.outcome")
    suggestions = one.get("acceptedSuggestions") or []
    if not isinstance(suggestions, list) or not all(isinstance(each, dict) for each in suggestions):
        raise PayloadError("cds-feedback-form", f"{path}.acceptedSuggestions")
    names = tuple(_text(each, "id", f"{path}.acceptedSuggestions") for each in suggestions)
    if (outcome == "accepted") != bool(names):
        raise PayloadError("cds-feedback-suggestions", f"{path}.acceptedSuggestions")
    reason, comment = _reason(one.get("overrideReason"), f"{path}.overrideReason")
    if outcome == "accepted" and (reason != ("", "") or comment):
        raise PayloadError("cds-feedback-form", f"{path}.overrideReason")
    return Feedback(card, outcome, _moment(one, path), names, reason, comment)


def _reason(found: Any, path: str) -> tuple[tuple[str, str], str]:
    if found is None:
        return ("", ""), ""
    if not isinstance(found, dict):
        raise PayloadError("cds-feedback-form", path)
    comment = found.get("userComment") or ""
    if not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT:
        raise PayloadError("cds-feedback-comment", f"{path}.userComment", limit=_LONGEST_COMMENT)
    coded = found.get("reason")
    if coded is None:
        return ("", ""), comment
    if not isinstance(coded, dict):
        raise PayloadError("cds-feedback-form", f"{path}.reason")
    system = _text(coded, "system", f"{path}.reason") if coded.get("system") else ""
    return (system, _text(coded, "code", f"{path}.reason")), comment


def _moment(one: dict[str, Any], path: str) -> datetime:
    text = one.get("outcomeTimestamp")
    if not isinstance(text, str) or not _INSTANT.match(text):
        raise PayloadError("cds-feedback-time", f"{path}.outcomeTimestamp")
    try:
        found = datetime.fromisoformat(text)
        found.astimezone()
    except (ValueError, OverflowError):
        raise PayloadError("cds-feedback-time", f"{path}.outcomeTimestamp") from None
    return found


def _text(one: dict[str, Any], name: str, path: str) -> str:
    found = one.get(name)
    if not isinstance(found, str) or not found.strip() or len(found) > _LONGEST or "\x00" in found:
        raise PayloadError("cds-feedback-form", f"{path}.{name}")
    return found
