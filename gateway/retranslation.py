"""Flow: what is stored, judged again by the mapping files in force, or by a changed one: what would become different.

Nothing is translated again by itself. A payload is judged as if it came now, and compared with what its records
became; the same judgement then makes the exchanges that take their place, when a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.adapter import MappingText, Payload
from gateway.difference import Change, changes, told
from gateway.errors import AdapterConflict, NotFound, SenderError
from gateway.exchange import Exchange, ExchangeStatus
from gateway.intake import Judging
from gateway.jsontext import loads
from gateway.judgement import Asked
from gateway.keyring import Keyring
from gateway.outcome import Issue
from gateway.senders import Sender, Senders
from gateway.signing import Made
from gateway.store import Store, payloads, replacements
from gateway.store.payloads import Stored

Becomes = ExchangeStatus | None  # None: nothing is made of it any more


@dataclass(frozen=True, slots=True)
class Difference:
    """A record's exchange that would become another: its status now and then, each element that changes.

    ``exchange``: "" where there was none, as of a part that is kept apart only now. ``rules``: why it would be held
    or refused.
    """

    exchange: str
    payload_sha256: str
    record: int
    was: Becomes
    becomes: Becomes
    changes: tuple[Change, ...]
    rules: tuple[str, ...] = ()


@dataclass
class Counts:
    """How many exchanges were looked at, and what was found; ``without_bytes``: payloads that are not kept any more."""

    payloads: int = 0
    same: int = 0
    different: int = 0
    without_bytes: int = 0
    becomes: dict[str, int] = field(default_factory=dict)


class Retranslation:
    """``now`` gives aware UTC."""

    def __init__(self, store: Store, judge: Judging, now: Callable[[], datetime], keyring: Keyring) -> None:
        self._store = store
        self._judge = judge
        self._now = now
        self._keyring = keyring
        self.counts = Counts()

    def differences(
        self, facility: str, adapter: str, changed: Sequence[MappingText] = (), since: datetime | None = None
    ) -> Iterator[Difference]:
        """What the facility's payloads that came ``since`` and that the adapter read would become now, where that is
        different: by its mapping files in force, ``changed`` ones in place of those of their names.

        NotFound for an unknown facility; SettingsError for a file that the adapter cannot read by.
        """
        sender = self._sender(facility)
        files = {one.name: one for one in (*sender.mappings, *changed)}
        for one, data in self._stored(facility, adapter, since):
            self.counts.payloads += 1
            asked = Asked(
                sender.facility,
                Payload(data, one.content_type),
                adapter,
                self._keyring.active_key(facility),
                self._now(),
                sender.terms,
                tuple(files.values()),
            )
            yield from self._compared(one, asked)

    def _sender(self, code: str) -> Sender:
        with self._store.read() as connection:
            found = Senders().read(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    def _stored(self, facility: str, adapter: str, since: datetime | None) -> Iterator[tuple[Stored, bytes]]:
        after = 0
        while True:
            with self._store.read() as connection:
                page = payloads.page(connection, facility, adapter, since, after)
            for one in page:
                with self._store.read() as connection:
                    data = payloads.whole(connection, one)
                if data is None:
                    self.counts.without_bytes += 1
                else:
                    yield one, data
            if not page:
                return
            after = page[-1].rid

    def _compared(self, one: Stored, asked: Asked) -> Iterator[Difference]:
        with self._store.read() as connection:
            standing = replacements.in_force(connection, one.rid)
        old = {(each.position, each.sensitive): each for each in standing}
        refused: Sequence[Issue] = ()
        new: dict[tuple[int, bool], Made] = {}
        try:
            judgement = self._judge.judge(asked)
            new = {
                (made.exchange.position, made.exchange.sensitive): made
                for record in judgement.records
                for made in record.made
            }
        except (SenderError, AdapterConflict) as wrong:
            refused = wrong.issues
        for key in sorted({*old, *new}):
            found = _difference(one, key[0], old.get(key), new[key].exchange if key in new else None, refused)
            if found is None:
                self.counts.same += 1
            else:
                self.counts.different += 1
                word = found.becomes or "nothing"
                self.counts.becomes[word] = self.counts.becomes.get(word, 0) + 1
                yield found


def _difference(
    payload: Stored, record: int, old: Exchange | None, new: Exchange | None, refused: Sequence[Issue]
) -> Difference | None:
    """None where it stays as it is."""
    was: Becomes = _signed(old.status) if old else None
    becomes: Becomes = new.status if new else "refused" if refused else None
    found = changes(_told(old), _told(new))
    if was == becomes and not found:
        return None
    rules = sorted({one.rule for one in refused if one.refuses})
    if new is not None and new.status != "kept":
        rules = sorted(
            {
                issue["details"]["coding"][0]["code"]
                for issue in loads(new.outcome)["issue"]
                if issue["severity"] != "information"
            }
        )
    exchange = old.id if old else ""
    return Difference(exchange, payload.sha256, record, was, becomes, tuple(found), tuple(rules))


def _signed(status: ExchangeStatus) -> ExchangeStatus:
    """Whether it was delivered is no word of its record."""
    return status if status in ("held", "refused") else "kept"


def _told(exchange: Exchange | None) -> list[dict[str, object]]:
    return told(loads(exchange.bundle)) if exchange is not None and exchange.bundle else []
