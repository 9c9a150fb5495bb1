"""The flow of a hook: who → verdicts → cards → kept → shown.

1. Whose results (who.py). Numbers of several persons, or of somebody who is told of otherwise: one card says so.
2. The verdicts, as $prior-results gives them, with their own audit line (gateway.prior).
3. A card for each of which there is something to say (card.py).
4. Kept in one transaction, without those that the same reader was shown before; only what is kept is shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.access import Requester
from gateway.bundle import Resource
from gateway.cds.card import Written, card, plain_card, speaks
from gateway.cds.draft import Draft
from gateway.cds.hook import Hook
from gateway.cds.overview import overview, tests_of
from gateway.cds.who import Subject, subject_of
from gateway.facility import Client
from gateway.prior.answering import Priors
from gateway.prior.found import Found
from gateway.prior.question import Question
from gateway.reuse.precedence import groups_of
from gateway.reuse.verdict import ReuseVerdict
from gateway.reused.offer import offer
from gateway.store import Connection, Store, cards
from gateway.store.cards import Card

REMEMBERED = timedelta(hours=12)  # a card is not shown twice within them
_SCOPES = ("system/Observation.s", "system/ImagingStudy.s")  # what a hook may ask, whatever else the client may


def requester_of(client: Client) -> Requester:
    """A CDS client as one who asks."""
    return Requester(client.client_id, client.facility, _SCOPES, client.basis)


@dataclass(frozen=True, slots=True)
class Shown:
    """One card as it is answered and as it is kept."""

    told: Resource
    kept: Card


class Hooks:
    """``now`` gives aware UTC. Raises PreconditionFailed, Forbidden, StoreUnavailable."""

    def __init__(self, store: Store, priors: Priors, now: Callable[[], datetime]) -> None:
        self._store = store
        self._priors = priors
        self._now = now

    def answer(self, client: Client, hook: Hook, written: Written) -> list[Shown]:
        """The cards to show, kept as shown."""
        with self._store.read() as connection:
            subject = subject_of(connection, client, hook)
        made = list(self._cards(client, hook, subject, written))
        if not made:
            return []
        now = self._now()

        def work(connection: Connection) -> set[str]:
            return cards.show(connection, [one.kept for one in made], now, now - REMEMBERED)

        kept = self._store.write(work, soon=True)
        return [one for one in made if one.kept.uuid in kept]

    def withdraw(self, shown: Sequence[Shown]) -> None:
        """Of an answer that came too late to be sent."""
        names = [one.kept.uuid for one in shown]
        if names:
            self._store.write(lambda connection: cards.withdraw(connection, names))

    def conditions(self) -> frozenset[str]:
        return self._priors.conditions()

    def _cards(self, client: Client, hook: Hook, subject: Subject, written: Written) -> Iterator[Shown]:
        if subject.conflict:
            name = str(uuid.uuid4())
            detail = [written.say(subject.conflict), "", written.say("cds-conflict-detail")]
            kept = _kept(client, hook, subject, name, None, "", [subject.conflict])
            yield Shown(plain_card(written.say("cds-summary-conflict"), detail, name, written), kept)
        elif subject.about is not None and hook.name == "patient-view":
            yield from self._overview(client, hook, subject, written)
        elif subject.about is not None:
            yield from self._of_orders(client, hook, subject, written)

    def _of_orders(self, client: Client, hook: Hook, subject: Subject, written: Written) -> Iterator[Shown]:
        for draft, verdict, found in self._verdicts(client, hook, subject, hook.drafts):
            if not found or not speaks(verdict):
                continue
            name, suggestion = str(uuid.uuid4()), str(uuid.uuid4())
            told = card(verdict, draft, found, name, suggestion, written)
            offered = suggestion if "suggestions" in told else ""
            made = _kept(client, hook, subject, name, verdict, offered, [draft.order.reference])
            yield Shown(told, replace(made, asked=_asked(client, hook, subject, draft)) if offered else made)

    def _overview(self, client: Client, hook: Hook, subject: Subject, written: Written) -> Iterator[Shown]:
        asked = tuple(Draft(order, {}) for order in tests_of(self._priors.rules(), written.language))
        usable = [
            (verdict, found)
            for _, verdict, found in self._verdicts(client, hook, subject, asked)
            if found and verdict.decision == "reuse"
        ]
        if not usable:
            return
        name = str(uuid.uuid4())
        told = plain_card(*overview(usable, written), name, written)
        which = sorted({f"{one.prior.reference}/{one.prior.version}" for _, found in usable for one in found})
        yield Shown(told, _kept(client, hook, subject, name, None, "", which))

    def _verdicts(
        self, client: Client, hook: Hook, subject: Subject, asked: Sequence[Draft]
    ) -> Iterator[tuple[Draft, ReuseVerdict, list[Found]]]:
        """In the order asked, each with what it speaks of, of a panel for each test that has a result; examinations
        are looked for among studies, all else among results."""
        rules = self._priors.rules()
        imaging = [one for one in asked if any(group.kind == "imaging" for group in groups_of(rules, one.order))]
        others = [one for one in asked if one not in imaging]
        requester = requester_of(client)
        answered: dict[int, tuple[ReuseVerdict, Mapping[str, Found]]] = {}
        for drafts, ask in ((others, self._priors.results), (imaging, self._priors.studies)):
            if not drafts or subject.about is None:
                continue
            orders = tuple(one.order for one in drafts)
            question = Question(subject.about, orders, hook.setting, hook.conditions, hook.specialty)
            found = ask(requester, question)
            answered |= {id(one): (verdict, found.found) for one, verdict in zip(drafts, found.verdicts, strict=True)}
        for one in asked:
            if id(one) in answered:
                verdict, by_name = answered[id(one)]
                yield one, verdict, [by_name[prior.reference] for prior in verdict.spoken_of]


def _asked(client: Client, hook: Hook, subject: Subject, draft: Draft) -> dict[str, object]:
    """Of the draft order that a suggestion would drop: what accepting it takes."""
    if subject.about is None:
        return {}
    question = Question(subject.about, (draft.order,), hook.setting, hook.conditions, hook.specialty)
    return offer(draft.resource, question, (client.client_id, hook.user), client.facility)


def _kept(
    client: Client,
    hook: Hook,
    subject: Subject,
    name: str,
    verdict: ReuseVerdict | None,
    suggestion: str,
    about: Sequence[str],
) -> Card:
    """``about``: what the card speaks of, as far as the verdict does not say: the draft order, results, a conflict."""
    chosen = verdict.chosen if verdict else None
    decision = verdict.decision if verdict else ""
    codes = sorted(verdict.order.codes) if verdict else []
    reader = hook.encounter or hook.user
    spoken = [[one.reference, str(one.version)] for one in (verdict.spoken_of if verdict else ())]
    result = [word for one in spoken for word in one]
    account: dict[str, object] = {"setting": hook.setting, "conditions": sorted(hook.conditions)}
    if verdict is not None:
        account |= {"reasons": [one.code for one in verdict.reasons], "rules": list(verdict.rules)}
    if verdict is not None and verdict.members:
        account |= {"results": spoken}
    return Card(
        uuid=name,
        client_id=client.client_id,
        facility=client.facility,
        hook=hook.name,
        hook_instance=hook.instance,
        person=subject.person,
        order_codes=codes,
        decision=decision,
        chosen=chosen.reference if chosen else "",
        chosen_version=chosen.version if chosen else 0,
        rules_digest=verdict.rules_digest if verdict else "",
        suggestion=suggestion,
        account=account,
        sameness=[
            client.client_id, reader, hook.patient, decision, *result, *about, *(f"{one}|{two}" for one, two in codes)
        ],
    )  # fmt: skip
