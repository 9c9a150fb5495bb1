"""Faults of CDS services: of their cards, and of calls they must not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import GatewayError
from gateway.jsontext import dumps, loads
from gateway.simulator.faulty.fault import NOT_FOUND, Asked, Forward, Told, broken
from gateway.trust import base64url

_SERVICES = "/cds-services/"
_NOTHING = Told(200, {"content-type": "application/json"}, dumps({"cards": []}))


def _carded(name: str, breaks: str, does: str) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], None]:
    """A fault that changes each card."""

    def entered(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        def answer(asked: Asked, forward: Forward) -> Told:
            told = forward(asked)
            if not asked.path.startswith(_SERVICES) or not told.json.get("cards"):
                return told
            return told.saying({"cards": [change(card) for card in told.json["cards"]]})

        broken(name, breaks, does)(answer)

    return entered


@_carded("card-without-source", "CDS-4", "a card does not say who says so")
def _without_source(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if name != "source"}


@_carded("card-too-long", "CDS-4", "the summary of a card is a page long")
def _too_long(card: dict[str, Any]) -> dict[str, Any]:
    return card | {"summary": card["summary"] * 20}


@_carded("suggestion-unsaid", "CDS-5", "a suggestion does not say what it would do")
def _suggestion_unsaid(card: dict[str, Any]) -> dict[str, Any]:
    action = {"type": "delete", "resourceId": "ServiceRequest/1"}
    return card | {"selectionBehavior": "any", "suggestions": [{"label": "x", "actions": [action]}]}


@_carded("card-unnumbered", "CDS-6", "a card has no uuid")
def _unnumbered(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if name != "uuid"}


@broken("no-card-is-404", "CDS-7", "a service that has nothing to say answers 404")
def no_card_is_404(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return NOT_FOUND if asked.path.startswith(_SERVICES) and told.json.get("cards") == [] else told


def _body(asked: Asked) -> Mapping[str, Any]:
    """What a call asks; {} where it cannot be read."""
    try:
        found = loads(asked.body)
    except GatewayError:
        return {}
    return found if isinstance(found, dict) else {}


def _called(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a call's JWT, unverified; empty where there is none."""
    parts = asked.headers.get("authorization", "").removeprefix("Bearer ").split(".")
    try:
        return loads(base64url.decode(parts[0])), loads(base64url.decode(parts[1]))
    except (GatewayError, IndexError, ValueError):
        return {}, {}


def _answers(name: str, breaks: str, does: str, looks: Callable[[Asked], bool]) -> None:
    """A fault that has nothing to say where the gateway refuses a call and ``looks`` finds its own case."""

    def answer(asked: Asked, forward: Forward) -> Told:
        told = forward(asked)
        ours = asked.method == "POST" and asked.path.startswith(_SERVICES) and told.status >= 400
        return _NOTHING if ours and looks(asked) else told

    broken(name, breaks, does)(answer)


def _algorithm(asked: Asked) -> str:
    return str(_called(asked)[0].get("alg"))


def _said(asked: Asked, claim: str) -> str:
    return str(_called(asked)[1].get(claim))


_answers("instance-unneeded", "CDS-8", "hookInstance is not missed", lambda asked: "hookInstance" not in _body(asked))
_answers("any-hook", "CDS-9", "the hook is not looked at", lambda asked: _body(asked).get("hook") == "no-such-hook")
_answers("context-unneeded", "CDS-10", "the context is not missed", lambda asked: "context" not in _body(asked))
_answers("prefetch-believed", "CDS-11", "the prefetch is not looked at", lambda asked: b"somebody-else" in asked.body)
_answers("any-body", "CDS-12", "a body that cannot be read asks nothing", lambda asked: not _body(asked))
_answers("any-feedback", "CDS-14", "any feedback is taken", lambda asked: asked.path.endswith("/feedback"))
_answers("call-unsigned", "CDS-16", "an unsigned call is believed", lambda asked: _algorithm(asked).lower() == "none")
_answers("call-hs384", "CDS-17", "a public key counts as a secret", lambda asked: _algorithm(asked) == "HS384")
_answers(
    "call-any-address", "CDS-18", "the audience is not looked at", lambda asked: "elsewhere" in _said(asked, "aud")
)
_answers("call-any-client", "CDS-19", "a stranger may call", lambda asked: "stranger" in _said(asked, "iss"))
_answers("call-expired", "CDS-20", "an expired call is answered", lambda asked: _life(asked) == 86_400)
_answers("call-for-days", "CDS-21", "a call may be valid for days", lambda asked: _life(asked) == 3 * 86_400)
_answers("call-any-key", "CDS-22", "any key may sign a call", lambda asked: _algorithm(asked) == "ES384")
_answers("call-replayed", "CDS-23", "a call is answered again and again", lambda asked: True)


def _life(asked: Asked) -> int:
    """Seconds from iat to exp."""
    _, claims = _called(asked)
    return int(claims["exp"]) - int(claims["iat"])


@broken("feedback-refused", "CDS-13", "what became of a card is not taken")
def feedback_refused(asked: Asked, forward: Forward) -> Told:
    return NOT_FOUND if asked.path.endswith("/feedback") else forward(asked)


@broken("preflight-half", "CDS-15", "a page may call, but not say who it is")
def preflight_half(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return told.with_headers(access_control_allow_headers="Content-Type") if asked.method == "OPTIONS" else told
