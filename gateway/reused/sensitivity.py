"""What other rules would have come to: each accepted result, in the version that was relied on, judged again.

As at the moment it was accepted, alone, its patient and signature taken as they were believed then: so the figures
tell rule sets apart and nothing else. A study is not judged again: what its archive held then is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gateway.bundle import Resource
from gateway.errors import NotFound
from gateway.jsontext import loads_stored
from gateway.prior.answering import context_of
from gateway.prior.found import performers
from gateway.prior.people import people
from gateway.prior.question import About
from gateway.reuse.judge import judge
from gateway.reuse.reading import Beside, prior_result
from gateway.reuse.rules import RuleSet
from gateway.reused.question import asked_again
from gateway.store import Connection, exchanges, prior, resources
from gateway.store.reuses import Reuse

NOT_JUDGED = "not-judged"


def decisions(connection: Connection, accepted: Iterable[Reuse], rules: RuleSet) -> Counter[str]:
    """How many of the accepted reuses each decision would be under ``rules``; ``not-judged`` of studies, and of what
    may not be looked at any more."""
    return Counter(_decision(connection, one, rules) for one in accepted)


def _decision(connection: Connection, one: Reuse, rules: RuleSet) -> str:
    kind, _, name = one.result.partition("/")
    kept = resources.version(connection, kind, name, one.version) if kind == "Observation" else None
    line = exchanges.line(connection, kept.exchange_id) if kept is not None else None
    if kept is None or line is None:
        return NOT_JUDGED
    resource: Resource = loads_stored(kept.body)
    about = About("", str(resource.get("subject", {}).get("reference", "")).removeprefix("Patient/"))
    try:
        who = people(connection, about)
    except NotFound:
        return NOT_JUDGED
    beside = Beside(
        version=one.version,
        identity="certain",
        signature="valid",
        facility=line.facility,
        exchange=kept.exchange_id,
        facility_name="",
        amended=one.version > 1,
    )
    specimen = str(resource.get("specimen", {}).get("reference", ""))
    wanted = {(one.person, specimen)} if specimen.startswith("Specimen/") else set()
    found = prior.named(connection, {*wanted, *((0, each) for each in performers(resource))})
    named = {reference: loads_stored(body) for reference, body in found.items()}
    made = prior_result(
        resource,
        beside,
        specimen=named.get(specimen),
        performers=[named[each] for each in performers(resource) if each in named],
        reports=(),
    )
    question = asked_again(one.question, about)
    context = context_of(question, one.facility, rules, who, one.accepted)
    return judge([made], question.orders[0], context).decision
