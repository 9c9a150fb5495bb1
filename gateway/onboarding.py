"""Onboarding: how far a facility is from its first exchange delivered, judged by what the gateway has stored.

Nobody ticks a step off: each is done, or missing with a sentence and the command that does it. A step that
holds today may be missing tomorrow, when a key has ended or a record is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gateway.facility import Facility
from gateway.messages import sentence

State = Literal["done", "missing", "outside"]

ENOUGH = 95  # percent of the times that a local code or unit came; what is rare goes on waiting for a person


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of a facility's own payloads.

    ``read_by``: an adapter that read one, "" while none came. ``kept``: a record was taken. ``held``: records that wait
    for a person. Of deliveries: ``delivered``: one arrived; ``waiting`` and ``failed``: how many.
    """

    read_by: str = ""
    kept: bool = False
    held: int = 0
    delivered: bool = False
    waiting: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes and units that came without a standard one: how many ``times``, how many times those ``decided`` since
    came, and how many codes and units still ``wait``."""

    times: int = 0
    decided: int = 0
    wait: int = 0

    @property
    def percent(self) -> int:
        """By volume, rounded down."""
        return self.decided * 100 // self.times if self.times else 100


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the judgement needs.

    ``running``: adapters the settings let run. ``unmapped``: those of the facility's adapters that read by mapping
    files and have none in force. ``key``: the id of the key that signs for it, and its end in UTC.
    ``recipients``, ``subscriptions``: how many are registered, and how many of those now active match it.
    """

    facility: Facility
    running: tuple[str, ...]
    unmapped: tuple[str, ...] = ()
    key: tuple[str, datetime] | None = None
    recipients: int = 0
    subscriptions: int = 0
    passed: Passed = field(default_factory=Passed)
    codes: Codes = field(default_factory=Codes)


@dataclass(frozen=True, slots=True)
class Step:
    """``rule``: the key of its sentence. ``command``: what does it, where one command does; capitals are to be filled
    in."""

    name: str
    state: State
    rule: str
    parameters: dict[str, object] = field(default_factory=dict)
    command: str = ""

    def text(self, language: str) -> str:
        return sentence(self.rule, language, **self.parameters)


def checklist(known: Standing) -> list[Step]:
    """Every step, in the order in which they are best done."""
    return list(_steps(known))


def _steps(known: Standing) -> Iterator[Step]:
    yield _adapter(known)
    yield _samples(known)
    yield _codes(known)
    yield _key(known)
    yield _subscription(known)
    command = "gateway conformance run --target URL --key FILE"  # which runs where the gateway does not see it
    yield Step("conformance", "outside", "onboarding-conformance-outside", command=command)
    yield _delivery(known)


def _done(name: str, why: str, **parameters: object) -> Step:
    return Step(name, "done", f"onboarding-{name}-{why}", parameters)


def _missing(name: str, why: str, command: str = "", **parameters: object) -> Step:
    return Step(name, "missing", f"onboarding-{name}-{why}", parameters, command)


def _adapter(known: Standing) -> Step:
    code, chosen = known.facility.code, known.facility.adapters
    if idle := [name for name in chosen if name not in known.running]:
        return _missing("adapter", "not-running", adapters=", ".join(idle), running=", ".join(known.running))
    if known.unmapped:
        command = f"gateway mapping add FILE --facility {code}"
        return _missing("adapter", "without-mapping", command, adapters=", ".join(known.unmapped))
    if chosen:
        return _done("adapter", "chosen", adapters=", ".join(chosen))
    if known.passed.read_by:
        return _done("adapter", "recognised", adapter=known.passed.read_by)
    command = f"gateway facility change {code} --adapter NAME"
    return _missing("adapter", "none", command, running=", ".join(known.running))


def _samples(known: Standing) -> Step:
    code, passed = known.facility.code, known.passed
    if passed.held:
        command = f"gateway exchange list --status held --facility {code}"
        return _missing("samples", "held", command, held=passed.held)
    if not passed.kept:
        return _missing("samples", "none", f"gateway translate --facility {code} FILE")
    return _done("samples", "pass")


def _codes(known: Standing) -> Step:
    code, codes = known.facility.code, known.codes
    if not codes.times:
        return _done("codes", "standard") if known.passed.read_by else _missing("codes", "none")
    told = {"percent": codes.percent, "times": codes.times, "wait": codes.wait}
    if codes.percent >= ENOUGH:
        return _done("codes", "decided", **told)
    return _missing("codes", "wait", f"gateway vocabulary unmapped --facility {code} --text", **told, enough=ENOUGH)


def _key(known: Standing) -> Step:
    if known.key is None:
        return _missing("key", "none", f"gateway key new {known.facility.code}")
    kid, until = known.key
    return _done("key", "signs", kid=kid, until=until.date().isoformat())


def _subscription(known: Standing) -> Step:
    if known.subscriptions:
        return _done("subscription", "matches", count=known.subscriptions)
    if not known.recipients:
        return _missing("subscription", "no-recipient", "gateway recipient add NAME --url URL --trust FILE")
    add = f'gateway subscription add --recipient NAME --basis "BASIS" --facility {known.facility.code}'
    return _missing("subscription", "none", add)


def _delivery(known: Standing) -> Step:
    passed = known.passed
    if passed.delivered:
        return _done("delivery", "arrived")
    exchanges = f"gateway exchange list --facility {known.facility.code}"
    if passed.failed:
        return _missing("delivery", "failed", f"{exchanges} --status failed", failed=passed.failed)
    if passed.waiting:
        return _missing("delivery", "waits", "gateway serve", waiting=passed.waiting)
    return _missing("delivery", "for-nobody", exchanges) if passed.kept else _missing("delivery", "none")
