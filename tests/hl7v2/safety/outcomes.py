"""What comes of a case: the real adapter for one message, the real intake and its store for a story."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import Payload, split, translate
from gateway.bundle import collection
from gateway.errors import PayloadError
from gateway.intake import rules_of
from gateway.r4 import check
from tests.hl7v2.safety.cases import Case, subjects
from tests.hl7v2.safety.shown import shown
from tests.intake.world import World

_KINDS = ("Patient", "Observation", "DiagnosticReport", "ServiceRequest")
_ALWAYS = {
    "MSH-1",
    "MSH-2",
    "MSH-18",
    "MSH-18[1]",
    "MSH-18[2]",
    "PID-1",
    *(f"{name}[{number}]-1" for name in ("OBR", "OBX") for number in range(1, 9)),
}


@dataclass(frozen=True)
class Outcome:
    """As tests.hl7v2.safety.cases.Case expects it, and what the R4 check refuses."""

    out: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    refused: str = ""
    comes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def expected(case: Case) -> Outcome:
    return Outcome(case.out, case.held, case.told, case.listed, case.refused, case.comes)


@cache
def outcomes() -> dict[str, Outcome]:
    """Of every case, by its name."""
    return {case.name: outcome(case) for subject in subjects() for case in subject.cases}


def outcome(case: Case) -> Outcome:
    return _kept(case) if case.comes else _translated(case)


def _translated(case: Case) -> Outcome:
    (sent,) = case.sent
    adapter = Hl7v2Adapter()
    try:
        (record,) = split(adapter, Payload(sent.as_sent))
        made = translate(adapter, record, sent.facility)
    except PayloadError as why:
        return Outcome(refused="; ".join(f"{issue.rule} {issue.expression}" for issue in why.issues))
    held = tuple(issue.rule for issue in made.holds)
    told = tuple(issue.rule for issue in made.issues if issue not in made.holds)
    listed = tuple(sorted({one.field for one in made.unplaced} - _ALWAYS))
    errors = tuple(issue.text() for issue in check(made.bundle()) if issue.refuses)
    return Outcome(shown(made.resources, case.shows), held, told, listed, errors=errors)


def _kept(case: Case) -> Outcome:
    """The messages taken one after the other, and then what is current in the store."""
    with TemporaryDirectory() as folder:
        world = World.opened(f"sqlite:///{folder}/gateway.db", Path(folder))
        try:
            comes = tuple(_comes(world, sent.as_sent, sent.sender) for sent in case.sent)
            kept = [one for kind in _KINDS for one in world.all_of(kind)]
        finally:
            world.store.close()
    errors = tuple(issue.text() for one in kept for issue in check(collection([one])) if issue.refuses)
    return Outcome(shown(kept, case.shows), comes=comes, errors=errors)


def _comes(world: World, sent: bytes, sender: str) -> str:
    try:
        (line,) = world.take(sent, sender).exchanges
    except PayloadError as why:
        return f"refused: {why.issues[0].rule}"
    rules = [] if line["status"] == "accepted" else rules_of(line)
    return ": ".join([line["status"], *([", ".join(rules)] if rules else [])])
