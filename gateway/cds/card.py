"""A verdict → the card a doctor reads, in the version of CDS Hooks that the client speaks.

``reuse``: what was found, and one suggestion, to drop the order and file the result; ``clinician-decides``: what was
found and why nobody but the doctor can say; ``repeat``: nothing, unless a result is there that must not be believed.
Never a systemAction: the doctor decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.bundle import CANONICAL, Resource
from gateway.cds.draft import Draft
from gateway.cds.markdown import LONGEST_SUMMARY, escaped, shortened
from gateway.cds.offered import Version
from gateway.messages import sentence
from gateway.prior.found import Found
from gateway.reuse.result import PriorResult, PriorStudy, Quantity
from gateway.reuse.verdict import ReuseVerdict
from gateway.reuse.words import in_words

OVERRIDE_REASONS = (
    "condition-changed", "course-followed", "result-doubted", "other-specimen-or-method", "before-procedure",
    "patient-unsure", "other",
)  # fmt: skip
OVERRIDE_SYSTEM = f"{CANONICAL}/CodeSystem/cds-override-reason"
TOPIC_SYSTEM = f"{CANONICAL}/CodeSystem/cds-topic"
_WARNS = frozenset({"reuse-signature-invalid"})  # a reason to repeat that the doctor should hear
_NAME, _FACILITY, _VALUE = 45, 30, 28  # characters of a summary, so that none of the three crowds out another
_MOST_POINTS = 10  # of a series, the newest


@dataclass(frozen=True, slots=True)
class Written:
    """How the client wants it. ``base``: this gateway's own URL. ``patient``: the client's id of the patient."""

    version: Version
    language: str
    base: str
    patient: str

    def say(self, key: str, /, **parameters: object) -> str:
        return sentence(key, self.language, **parameters)


def speaks(verdict: ReuseVerdict) -> bool:
    """There is something to say: a result, and a verdict that leaves it a use, or a warning about one."""
    if not verdict.spoken_of:
        return False
    return verdict.decision != "repeat" or _doubted(verdict) is not None


def _doubted(verdict: ReuseVerdict) -> PriorResult | PriorStudy | None:
    """The one that must not be believed; of a panel, of any of its tests."""
    newest = [part.considered[0] for part in verdict.each if part.considered]
    return next((one.prior for one in newest if any(reason.code in _WARNS for reason in one.reasons)), None)


def card(
    verdict: ReuseVerdict, draft: Draft, found: Sequence[Found], uuid: str, suggestion: str, written: Written
) -> Resource:
    """``found``: what the verdict speaks of. ``suggestion``: its uuid, used on ``reuse`` of a draft with an id."""
    chosen = (_doubted(verdict) if verdict.decision == "repeat" else None) or found[0].prior
    name = verdict.order.name or (name_of(verdict, written.language) if verdict.members else chosen.name)
    facts = {
        "name": shortened(name, _NAME),
        "value": shortened(_summed_up(verdict, chosen, written), _VALUE),
        "taken": in_words(chosen.taken, written.language) if chosen.taken else written.say("cds-time-unknown"),
        "facility": shortened(chosen.facility_name or chosen.facility, _FACILITY),
    }
    made: dict[str, Any] = {
        "summary": shortened(written.say(_summary(verdict), **facts), LONGEST_SUMMARY),
        "indicator": "warning" if verdict.decision == "repeat" else "info",
        "detail": "\n".join(_detail(verdict, name, written)),
        "source": source(written),
        "links": [
            {
                "label": written.say("cds-link-evidence"),
                "url": f"{written.base}/exchanges/{exchange}/evidence",
                "type": "absolute",
            }
            for exchange in dict.fromkeys(one.kept.exchange for one in found)
        ],
    }
    if verdict.decision == "reuse" and draft.order.reference:
        made["suggestions"] = [_suggestion(draft, found, suggestion, facts, written)]
        made["selectionBehavior"] = "at-most-one"
    return _of_version(made, uuid, written)


def _summary(verdict: ReuseVerdict) -> str:
    """The results of a panel may be of several times and places, unless they may be used together."""
    several = verdict.members and verdict.chosen is None and verdict.decision == "clinician-decides"
    return "cds-summary-panel-open" if several else f"cds-summary-{verdict.decision}"


def plain_card(summary: str, detail: Sequence[str], uuid: str, written: Written) -> Resource:
    """A card without an order of its own."""
    made = {
        "summary": shortened(summary, LONGEST_SUMMARY),
        "indicator": "info",
        "detail": "\n".join(detail),
        "source": source(written),
    }
    return _of_version(made, uuid, written)


def source(written: Written) -> dict[str, Any]:
    made: dict[str, Any] = {"label": written.say("cds-source"), "url": written.base}
    if written.version != "1.0":
        made["topic"] = {"system": TOPIC_SYSTEM, "code": "reuse", "display": written.say("cds-topic")}
    return made


def _of_version(made: dict[str, Any], uuid: str, written: Written) -> Resource:
    """1.0 has neither a card's uuid nor reasons for overriding one."""
    if written.version == "1.0":
        return made
    reasons = [
        {"system": OVERRIDE_SYSTEM, "code": code, "display": written.say(f"cds-override-{code}")}
        for code in OVERRIDE_REASONS
    ]
    return {"uuid": uuid, **made, "overrideReasons": reasons}


def _suggestion(
    draft: Draft, found: Sequence[Found], uuid: str, facts: dict[str, object], written: Written
) -> dict[str, Any]:
    delete: dict[str, Any] = {"type": "delete", "description": written.say("cds-action-delete", **facts)}
    delete["resource" if written.version == "1.0" else "resourceId"] = draft.order.reference
    creates = [
        {"type": "create", "description": _filing(one, facts, found, written), "resource": filed(one, written)}
        for one in found
    ]
    return {"label": written.say("cds-suggestion"), "uuid": uuid, "actions": [delete, *creates]}


def _filing(one: Found, facts: dict[str, object], found: Sequence[Found], written: Written) -> str:
    if len(found) == 1:
        return written.say("cds-action-create", **facts)
    own = {"name": shortened(one.prior.name, _NAME), "value": shortened(value_of(one.prior), _VALUE)}
    return written.say("cds-action-create-member", **(facts | own))


def filed(found: Found, written: Written) -> Resource:
    """The result as the client may file it: of its own patient, and naming by ``meta.source`` the version it is.

    Everything else it refers to is named by its address here, so that nothing points into the client's own record.
    """
    served = found.served()
    address = f"{written.base}/fhir/{served['resourceType']}/{served['id']}"
    made = {name: _absolute(value, f"{written.base}/fhir/") for name, value in served.items() if name not in _OF_OURS}
    made["meta"] = {"source": f"{address}/_history/{found.prior.version}"}
    made["subject"] = {"reference": f"Patient/{written.patient}"}
    return made


_OF_OURS = frozenset({"id", "meta"})


def _absolute(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_absolute(one, base) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _absolute(one, base) for name, one in value.items()}
    reference = made.get("reference")
    if isinstance(reference, str) and reference and ":" not in reference and not reference.startswith("#"):
        made["reference"] = base + reference
    return made


# ---- words ----------------------------------------------------------------------------


def name_of(verdict: ReuseVerdict, language: str) -> str:
    """Of the test, as the lists call it; else as the order does."""
    if verdict.group is None:
        return verdict.order.name
    return verdict.group.name_vi if language == "vi" else verdict.group.name_en


def value_of(prior: PriorResult | PriorStudy) -> str:
    """As its source wrote it, with its unit; of a study, what was examined."""
    if isinstance(prior, PriorStudy):
        return prior.name or prior.body_site_text
    if prior.quantity is not None:
        return _quantity(prior.quantity)
    return "; ".join(prior.texts)


def _summed_up(verdict: ReuseVerdict, chosen: PriorResult | PriorStudy, written: Written) -> str:
    """The value; of a panel, how many of its tests have a result."""
    if verdict.chosen is not None:
        return value_of(chosen)
    return written.say("cds-panel-count", found=len(verdict.spoken_of), count=len(verdict.members))


def _quantity(one: Quantity) -> str:
    return f"{one.comparator}{one.text} {one.unit_text or one.unit}".strip()


def _detail(verdict: ReuseVerdict, name: str, written: Written) -> Iterator[str]:
    yield f"**{escaped(name)}**"
    yield ""
    for one in verdict.shown:
        how = f" ({escaped(written.say('cds-converted', source=one.converted_by))})" if one.converted_by else ""
        yield f"- {escaped(_quantity(one.value))}{how}"
    for reason in verdict.reasons:
        yield f"- {escaped(reason.text(written.language))}"
    if verdict.members:
        yield ""
        yield from _members(verdict, written)
    if len(verdict.series) > 1:
        yield ""
        yield from _series(verdict, written)
    yield ""
    yield from (f"*{escaped(one)}*" for one in verdict.notices(written.language))


def _members(verdict: ReuseVerdict, written: Written) -> Iterator[str]:
    """The tests of a panel; of one without a result, that there is none."""
    columns = ("test", "value", "taken", "facility", "verdict")
    yield f"| {' | '.join(written.say(f'cds-column-{name}') for name in columns)} |"
    yield "|---|---|---|---|---|"
    for one in verdict.members:
        chosen = one.chosen
        cells = (
            name_of(one, written.language),
            value_of(chosen) if chosen else written.say("cds-none-found"),
            str(in_words(chosen.taken, written.language)) if chosen and chosen.taken else "",
            (chosen.facility_name or chosen.facility) if chosen else "",
            written.say(f"cds-member-{one.decision}") if chosen else "",
        )
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _series(verdict: ReuseVerdict, written: Written) -> Iterator[str]:
    yield f"| {' | '.join(written.say(f'cds-column-{name}') for name in ('taken', 'value', 'facility'))} |"
    yield "|---|---|---|"
    for point in reversed(verdict.series[-_MOST_POINTS:]):
        prior = point.prior
        taken = str(in_words(prior.taken, written.language)) if prior.taken else written.say("cds-time-unknown")
        cells = (taken, value_of(prior), prior.facility_name or prior.facility)
        yield f"| {' | '.join(escaped(one) for one in cells)} |"
