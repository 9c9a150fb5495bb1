"""$reuse-accepted: POST /fhir/Observation/$reuse-accepted (and ImagingStudy), an earlier result stands for an order.

For software that does not speak CDS Hooks 2.0, and for pages: what feedback on a card does. The body asks as
$prior-results does, of one order, and names the result in the version that was shown, and the order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Response

from gateway.access import authorise_own
from gateway.errors import Conflict, Forbidden, NotFound, PayloadError, SearchRefused
from gateway.jsontext import loads
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import fhir_body, only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.prior_question import of_parameters, question
from gateway.rest.requester import requester
from gateway.reused.acceptance import NOBODY, Accepted, refusal
from gateway.store import resources
from gateway.store.reuses import Named

OWN = ("result", "request", "practitioner", "date")
_RESULT = re.compile(r"(Observation|ImagingStudy)/([A-Za-z0-9.-]{1,64})/_history/([1-9][0-9]{0,8})\Z")
_ORDER = re.compile(r"ServiceRequest/([A-Za-z0-9.-]{1,64})\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)\Z")
_LONGEST = 255
_KINDS = {"Observation": False, "ImagingStudy": True}


def open_door(app: Flask, house: House) -> None:
    for kind in _KINDS:
        _open(app, house, kind)


def _open(app: Flask, house: House, kind: str) -> None:
    def reuse_accepted() -> Response:
        who = requester(house)
        authorise_own(who, "c", who.facility)  # before anything is looked up: what is kept here is not theirs to probe
        expect_json()
        only_format(query_pairs())
        body = loads(fhir_body(house.settings.max_payload_bytes))
        own, rest = _divided(body)
        asked = question(of_parameters(rest, imaging=_KINDS[kind]), conditions=house.priors.conditions())
        if len(asked.orders) != 1:
            raise SearchRefused("reuse-one-order")
        result, version = _result(own, kind)
        order, reference = _order(house, own, who.facility)
        practitioner = _practitioner(own)
        accepted = Accepted(asked, order, result, version, _date(house, own), practitioner, reference)
        try:
            reuse, new = house.acceptances.accept(who, accepted)
        except (Conflict, NotFound) as refused:
            if refusal(refused):
                house.measures.reused("refused")
            raise
        if new:
            house.measures.reused("recorded")
        with house.store.read() as connection:
            found = resources.current(connection, "Provenance", reuse.id)
        if found is None:
            raise NotFound("resource-unknown")
        answer = fhir_answer(found.content(), 201 if new else 200)
        if new:
            answer.headers["Location"] = f"{house.settings.public_url}/fhir/Provenance/{reuse.id}"
        return answer

    app.add_url_rule(f"/fhir/{kind}/$reuse-accepted", f"reuse_accepted_{kind}", reuse_accepted, methods=["POST"])


def _divided(body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The operation's own parameters by name, and a Parameters of the rest."""
    listed = body.get("parameter") if isinstance(body, dict) and body.get("resourceType") == "Parameters" else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PayloadError("prior-form", "Parameters.parameter")
    own: dict[str, Any] = {}
    for one in listed:
        name = one.get("name")
        if name not in OWN:
            continue
        if name in own:
            raise SearchRefused("search-parameter-repeated", parameter=name)
        if len(one) != 2:
            raise PayloadError("prior-form", "Parameters.parameter")
        own[name] = one
    return own, {**body, "parameter": [one for one in listed if one.get("name") not in OWN]}


def _result(own: Mapping[str, Any], kind: str) -> tuple[str, int]:
    value = own.get("result", {}).get("valueReference")
    reference = value.get("reference") if isinstance(value, dict) else None
    found = _RESULT.match(reference) if isinstance(reference, str) else None
    if found is None or found[1] != kind:
        raise PayloadError("reuse-result-form", "Parameters.parameter", type=kind)
    return f"{kind}/{found[2]}", int(found[3])


def _order(house: House, own: Mapping[str, Any], facility: str) -> tuple[Named, str]:
    """The order's identifier; where a ServiceRequest kept here is named, its own, and the reference."""
    one = own.get("request", {})
    if "valueReference" in one:
        reference = one["valueReference"].get("reference") if isinstance(one["valueReference"], dict) else None
        found = _ORDER.match(reference) if isinstance(reference, str) else None
        if found is None:
            raise PayloadError("reuse-order-unnamed", "Parameters.parameter")
        with house.store.read() as connection:
            kept = resources.current(connection, "ServiceRequest", found[1])
            owner = resources.owner(connection, "ServiceRequest", found[1])
        if kept is None:
            raise NotFound("resource-unknown")
        if owner != facility:
            raise Forbidden("reuse-order-of-another")
        listed = loads(kept.body).get("identifier", ())
        named = next((_named(each) for each in listed if _named(each) != NOBODY), NOBODY)
        return (named if named != NOBODY else (f"urn:vn:cskcb:{facility}:order", found[1])), str(reference)
    named = _named(one.get("valueIdentifier"))
    if named == NOBODY:
        raise PayloadError("reuse-order-unnamed", "Parameters.parameter")
    return named, ""


def _practitioner(own: Mapping[str, Any]) -> Named:
    if "practitioner" not in own:
        return NOBODY
    named = _named(own["practitioner"].get("valueIdentifier"))
    if named == NOBODY:
        raise PayloadError("reuse-practitioner-form", "Parameters.parameter")
    return named


def _named(identifier: Any) -> Named:
    """Its system and value; ("", "") where it has not both."""
    pair = (identifier.get("system"), identifier.get("value")) if isinstance(identifier, dict) else NOBODY
    whole = all(isinstance(one, str) and one.strip() and len(one) <= _LONGEST and "\x00" not in one for one in pair)
    return (str(pair[0]), str(pair[1])) if whole else NOBODY


def _date(house: House, own: Mapping[str, Any]) -> datetime:
    """When it was accepted; now where it is not said."""
    if "date" not in own:
        return house.now()
    text = own["date"].get("valueInstant", own["date"].get("valueDateTime"))
    try:
        if not isinstance(text, str) or not _INSTANT.match(text):
            raise ValueError
        found = datetime.fromisoformat(text)
        found.astimezone()
    except (ValueError, OverflowError):
        raise PayloadError("reuse-date-form", "Parameters.parameter") from None
    return found
