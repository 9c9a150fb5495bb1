"""What an accepted suggestion leads to: a recorded reuse, or, where it is none any more, an alert and why.

The doctor who accepted has dropped the order. So what is refused is never only answered: the facility is alerted as of
a correction, once, and the feedback stays as it was told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.cds.answering import requester_of
from gateway.errors import Conflict, GatewayError
from gateway.facility import Client
from gateway.outcome import Issue
from gateway.reused.acceptance import Acceptances, Prepared, refusal
from gateway.reused.offer import accepted_offer
from gateway.store import Connection, Store, alerts, cards
from gateway.store.alerts import Changed
from gateway.store.cards import Feedback, Offered


@dataclass(frozen=True, slots=True)
class Outcome:
    """``issues``: why it is no reuse, () where it is recorded. ``new``: a reuse that was not recorded before, or the
    first refusal of its card's."""

    issues: tuple[Issue, ...]
    new: bool


@dataclass(frozen=True, slots=True)
class JudgedAnew:
    """``offered``: the card's, None where nothing was accepted or the client was shown no such card."""

    client: Client
    offered: Offered | None = None
    prepared: Prepared | None = None
    refused: tuple[Issue, ...] = ()


class Outcomes:
    """Of what readers did with cards."""

    def __init__(self, store: Store, acceptances: Acceptances) -> None:
        self._store = store
        self._acceptances = acceptances

    def judged(self, client: Client, told: Feedback) -> JudgedAnew:
        """Asked again as of now, and signed; SettingsError where its facility has no key."""
        if told.outcome != "accepted":
            return JudgedAnew(client)
        with self._store.read() as connection:
            offered = cards.offered(connection, client.client_id, told.card)
        if offered is None:
            return JudgedAnew(client)
        try:
            with self._store.read() as connection:
                accepted = accepted_offer(connection, offered, told.happened)
            prepared = self._acceptances.prepare(requester_of(client), accepted)
        except GatewayError as refused:
            if not refusal(refused):
                raise
            return JudgedAnew(client, offered, None, refused.issues)
        return JudgedAnew(client, offered, prepared)

    def keep(self, connection: Connection, judged: JudgedAnew, path: str, *, new: bool) -> Outcome:
        """In the transaction that keeps the feedback. ``new``: it was not told before in the same words."""
        issues, made = judged.refused, False
        if judged.prepared is not None:
            try:
                _, made = self._acceptances.keep(connection, judged.prepared)
            except Conflict as refused:  # a correction came in between
                issues = refused.issues
        if issues and new and judged.offered is not None:  # at another time is the same acceptance again
            made = cards.acceptances(connection, judged.offered.rid) == 1
            if made:
                self._alert(connection, judged.client, judged.offered)
        return Outcome(tuple(replace(issue, expression=path) for issue in issues), made)

    def _alert(self, connection: Connection, client: Client, offered: Offered) -> None:
        """Of a panel, one alert: on the first result that is another now, else on the first."""
        system, value = offered.asked.get("order") or ("", "")
        stand = [(one, before, alerts.version_of(connection, one) or before) for one, before in offered.shown]
        result, before, after = next((one for one in stand if one[1] != one[2]), stand[0])
        changed = Changed(client.facility, "not-reuse", (system, value), result, before, after)
        alerts.raise_alert(connection, changed, self._acceptances.now())
