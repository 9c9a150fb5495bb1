"""One block: taken by intake like any payload, then answered. Nothing is acknowledged before it is durable.

The order of what is asked: is it an HL7 v2 message, one alone, and no acknowledgement; whose is the listener;
then intake. What each outcome is answered with stands in ``became`` and in docs/mllp.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

import structlog

from gateway.adapter import Payload
from gateway.errors import (
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    PayloadError,
    SenderError,
    SettingsError,
    StoreUnavailable,
)
from gateway.intake import Intake, Taken, rules_of
from gateway.logs import frames
from gateway.messages import sentence
from gateway.mllp.acknowledgement import acknowledgement
from gateway.mllp.conditions import NOT_OURS, Finding, found
from gateway.mllp.header import Header, message_count, read_header
from gateway.mllp.modes import Became, codes
from gateway.outcome import Issue
from gateway.settings import Settings
from gateway.store import Store, facilities

ER7 = "x-application/hl7-v2+er7"  # as the HTTP door has it, so that the same message by both ways is the same
ROUTE = "mllp"  # of its refusals in the metrics

_log = structlog.get_logger("gateway.mllp")


class Told(Protocol):
    """Who counts (gateway.rest.measures.Measures)."""

    def taken(self, status: str) -> None: ...
    def refused(self, route: str, rule: str) -> None: ...
    def mllp_acknowledged(self, code: str, seconds: float) -> None: ...
    def mllp_connections(self, change: int) -> None: ...
    def mllp_closed(self, why: str) -> None: ...


class Unanswered(Exception):
    """No acknowledgement is sent: the sender keeps the message, and sends it again."""


class Door:
    """What a listener does with a block. ``facility``: the one it is bound to, "" for the only one there is."""

    def __init__(
        self, intake: Intake, store: Store, settings: Settings, now: Callable[[], datetime], told: Told
    ) -> None:
        self._intake = intake
        self._store = store
        self._settings = settings
        self._now = now
        self._told = told

    def take(self, block: bytes, facility: str) -> list[bytes]:
        """The acknowledgements to send, in order, each a message.

        Unanswered when the fault is the house's and will be mended: the database, or a facility's key.
        """
        begun = monotonic()
        header = read_header(block)
        if header is not None and header.kind == "ACK":
            _log.info("mllp-acknowledgement-ignored", facility=facility)
            return []  # whoever answers an answer is answered again, without end
        try:
            code = facility or self._only_facility()
            _refuse_form(block, header)
            taken = self._intake.take(code, Payload(block, ER7, whole=True), actor=f"mllp:{code}")
        except (StoreUnavailable, SettingsError) as ours:
            self._note_refusal(ours, facility, begun)
            raise Unanswered from None
        except GatewayError as refused:
            return self.refused(header, refused, begun, facility)
        except Exception as fault:  # ours; what it says may hold a value
            _log.error("unexpected", error=type(fault).__name__, at=frames(fault.__traceback__))
            return self.refused(header, GatewayError("mllp-unexpected"), begun, facility)
        self._note(taken, code, begun)
        return self._stored(header, taken, begun)

    def refused(self, header: Header | None, refused: GatewayError, begun: float, facility: str = "") -> list[bytes]:
        """The answer to what was not taken, which is counted and logged. ``begun``: time.monotonic."""
        self._note_refusal(refused, facility, begun)
        language = self._language(header)
        findings = [found(issue, language) for issue in refused.issues if issue.refuses]
        return self._answers(header, became(refused, findings), findings[0].text if findings else "", findings, begun)

    def _stored(self, header: Header | None, taken: Taken, begun: float) -> list[bytes]:
        held = [line for line in taken.exchanges if line["status"] != "kept"]
        issues = [issue for line in held for issue in line.get("outcome", {}).get("issue", ())]
        language = self._language(header)
        findings = [_said(issue, language) for issue in issues if issue["severity"] != "information"]
        return self._answers(header, Became.STORED, sentence("mllp-held", language) if held else "", findings, begun)

    def _answers(
        self, header: Header | None, what: Became, text: str, findings: Sequence[Finding], begun: float
    ) -> list[bytes]:
        made = []
        for code in codes(header, what):
            told = code[0] == "A" or what is not Became.STORED  # a commit accept says nothing of the content
            made.append(
                acknowledgement(header, code, self._now(), text=text if told else "", findings=findings if told else ())
            )
            self._told.mllp_acknowledged(code, monotonic() - begun)
        return made

    def _only_facility(self) -> str:
        """Whose the messages of a listener without a name are: the gateway's own facility, or the only one."""
        if self._settings.facility:
            return self._settings.facility
        with self._store.read() as connection:
            known = [one.code for one in facilities.list_facilities(connection)]
        if len(known) != 1:
            raise Forbidden("mllp-facility-unbound")
        return known[0]

    def _language(self, header: Header | None) -> str:
        """Vietnamese where the sender's own character set holds it, and the settings want it."""
        return self._settings.language if header is not None and header.utf8 else "en"

    def _note(self, taken: Taken, facility: str, begun: float) -> None:
        for line in taken.exchanges if not taken.repeated else ():
            self._told.taken(line["status"])
            _log.info(
                "exchange", door="mllp", exchange=line["id"], facility=facility, adapter=taken.adapter,
                record=line["record"], status=line["status"], ms=_ms(begun), rules=rules_of(line),
            )  # fmt: skip
        if taken.repeated:
            _log.info("payload-repeated", door="mllp", exchanges=[line["id"] for line in taken.exchanges])

    def _note_refusal(self, refused: GatewayError, facility: str, begun: float) -> None:
        rules = sorted({issue.rule for issue in refused.issues if issue.refuses})
        for rule in rules:
            self._told.refused(ROUTE, rule)
        _log.info("payload-refused", door="mllp", facility=facility, ms=_ms(begun), rules=rules)


def became(refused: GatewayError, findings: Sequence[Finding]) -> Became:
    """Chapter 2's words: AE is an error in the content; AR a type, version or processing id that is not taken here,
    or a reason that does not lie in content or form: who sends, and faults of the house."""
    if any(finding.condition in NOT_OURS for finding in findings):
        return Became.NOT_OURS
    if isinstance(refused, SenderError) and not isinstance(refused, Forbidden | NotFound):
        return Became.CONTENT_REFUSED
    return Became.REJECTED


def _refuse_form(block: bytes, header: Header | None) -> None:
    """An acknowledgement answers one message, by its MSH-10: a block holds one, and begins with it."""
    if header is None:
        raise PayloadError("mllp-no-header")
    if message_count(block, header) > 1:
        raise Conflict("mllp-several-messages", "MSH[2]")


def _said(issue: dict[str, Any], language: str) -> Finding:
    """Of an OperationOutcome that is stored: without the sentence's parameters, so one that has any stays as told."""
    rule = issue["details"]["coding"][0]["code"]
    place = issue.get("expression", [""])[-1]  # the source's own, where both are told
    finding = found(Issue(issue["severity"], issue["code"], rule, place), language)
    text = issue["details"]["text"] if language == "en" or "…" in finding.text else finding.text
    return Finding(finding.condition, "W", rule, text, finding.place, finding.at)


def _ms(begun: float) -> float:
    return round((monotonic() - begun) * 1000, 1)
