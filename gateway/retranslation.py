"""Flow: what is stored, judged again by what is decided now: what would become different.

By the mapping files in force, or a changed one; by the decisions on codes and units. Nothing is translated again by
itself. A payload is judged as if it came now, and compared with what its records became; the same judgement then makes
the exchanges that take their place, when a person says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from gateway.adapter import MappingText, Payload
from gateway.brought import order_claims
from gateway.bundle import collection, references, resources
from gateway.compared import Compared, Difference, difference, read_by, rules_of, said, why_left
from gateway.entered_in_error import in_error
from gateway.errors import AdapterConflict, Conflict, NotFound, SenderError
from gateway.exchange import Exchange
from gateway.intake import Intake, Judging
from gateway.jsontext import loads
from gateway.judgement import Asked, Ready
from gateway.keyring import Keyring
from gateway.mapping.made_by import apart
from gateway.outcome import Issue
from gateway.senders import Sender, Senders
from gateway.signing import Instead
from gateway.store import Connection, Store, audit, exchanges, payloads, quality, replacements, vocabulary
from gateway.store.holding import EVERYTHING, Looked, holding
from gateway.store.payloads import Stored
from gateway.terminology import changed
from gateway.terminology.changed import NOTHING_SAID, Newest

Concerns = Callable[[Exchange | None, Exchange | None], bool]  # what stands of a record, and what it would become


@dataclass(frozen=True, slots=True)
class Again:
    """What became of a different record: the exchange that took its place, "" where it was left; then why."""

    difference: Difference
    exchange: str = ""
    rules: tuple[str, ...] = ()


@dataclass
class Counts:
    """How many exchanges were looked at, and what was found; ``without_bytes``: payloads that are not kept any more,
    and records that cannot be read without theirs; ``replaced``: records whose exchange another took the place of."""

    payloads: int = 0
    same: int = 0
    different: int = 0
    replaced: int = 0
    without_bytes: int = 0
    becomes: dict[str, int] = field(default_factory=dict)


class _Bytes(NamedTuple):
    """A payload, or ``alone`` the record at this place of one that is not kept whole."""

    payload: Stored
    data: bytes
    alone: int = 0


@dataclass(frozen=True, slots=True)
class _Word:
    """Who said that it be done, why, and by which door."""

    by: str
    reason: str
    actor: str


class Retranslation:
    """``intake`` keeps what is made; ``now`` gives aware UTC."""

    def __init__(
        self, store: Store, judge: Judging, now: Callable[[], datetime], keyring: Keyring, intake: Intake
    ) -> None:
        self._store = store
        self._judge = judge
        self._now = now
        self._keyring = keyring
        self._intake = intake
        self._senders = Senders()
        self.counts = Counts()

    # ---- by mapping files -------------------------------------------------------------

    def differences(
        self, facility: str, adapter: str, changed: Sequence[MappingText] = (), since: datetime | None = None
    ) -> Iterator[Difference]:
        """What the facility's payloads that came ``since`` and that the adapter read would become now, where that is
        different: by its mapping files in force, ``changed`` ones in place of those of their names.

        NotFound for an unknown facility; SettingsError for a file that the adapter cannot read by.
        """
        self._sender(facility)
        for one in self._compared(facility, self._read_by(facility, adapter, since), changed):
            yield from one.found

    def carry_out(
        self, facility: str, name: str, *, by: str, reason: str, actor: str, since: datetime | None = None
    ) -> Iterator[Again]:
        """Each different record that the file of this name in force now reads becomes an exchange that takes the place
        of the one before. What would be held or refused is left as it stands, and so is what another has claimed.

        NotFound for an unknown facility, and where no such file is in force.
        """
        files = {one.name: one for one in self._sender(facility).mappings}
        if name not in files:
            raise NotFound("mapping-unknown", name=name)
        word = _Word(by, reason, actor)
        for one in self._compared(facility, self._read_by(facility, files[name].adapter, since)):
            yield from self._carried(one, {place for place, ready in one.ready.items() if read_by(ready) == name}, word)

    # ---- by decisions on codes and units ----------------------------------------------

    def decided(self, facility: str, looked: Looked = EVERYTHING) -> Iterator[Difference]:
        """What the decisions in force would make different of what the facility's stored payloads became.

        Only payloads that hold a code or unit decided since are judged. NotFound for an unknown facility.
        """
        for one in self._holding(facility, looked):
            yield from one.found

    def carry_out_decided(
        self, facility: str, *, by: str, reason: str, actor: str, looked: Looked = EVERYTHING
    ) -> Iterator[Again]:
        """Each record that the decisions make different becomes an exchange that takes the place of the one before;
        what would be held or refused is left as it stands. NotFound for an unknown facility."""
        word = _Word(by, reason, actor)
        for one in self._holding(facility, looked):
            yield from self._carried(one, {each.record for each in one.found}, word)

    def _holding(self, facility: str, looked: Looked) -> Iterator[Compared]:
        self._sender(facility)
        with self._store.read() as connection:
            newest = changed.newest(vocabulary.history(connection, facility))
            found = holding(connection, facility, newest, looked)
        yield from self._compared(facility, self._whole(found), (), newest, changed.concerned)

    def _sender(self, code: str) -> Sender:
        with self._store.read() as connection:
            found = self._senders.read(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    # ---- compare ----------------------------------------------------------------------

    def _compared(
        self,
        code: str,
        stored: Iterable[_Bytes],
        changed_files: Sequence[MappingText] = (),
        newest: Newest = NOTHING_SAID,
        concerns: Concerns = lambda old, new: True,
    ) -> Iterator[Compared]:
        """``newest``: the decisions that may have taken others back; ``concerns``: which differences are told."""
        for one, data, alone in stored:
            # Anew for each: a run may last for hours, and what it makes is as of when it is made.
            sender = self._sender(code)
            files = {each.name: each for each in (*sender.mappings, *changed_files)}
            with self._store.read() as connection:
                stands = replacements.in_force(connection, one.rid)
            old = {(each.position, each.sensitive): each for each in stands if alone in (0, each.position)}
            key, at = self._keyring.active_key(code), self._now()
            # What was taken in as whole is whole, whatever the transport that said so.
            payload = Payload(data, one.content_type, all(_signed(each) for each in old.values()))
            instead = {
                place: Instead(each.id, _signed(each), (), changed.taken_back(each, newest))
                for (place, sensitive), each in old.items()
                if not sensitive
            }
            asked = Asked(sender.facility, payload, one.adapter, key, at, sender.terms, tuple(files.values()), instead)
            refused: Sequence[Issue] = ()
            ready: Mapping[int, Ready] = {}
            try:
                ready = self._judged(asked, alone)
            except (SenderError, AdapterConflict) as wrong:
                refused = wrong.issues
            if alone and alone not in ready:  # it cannot be read by itself
                self.counts.without_bytes += 1
                continue
            found = self._different(one, old, ready, refused, concerns)
            yield Compared(one, asked, old, ready, found, alone)

    def _judged(self, asked: Asked, alone: int) -> dict[int, Ready]:
        """What is made of each record, by its place; of the one at ``alone`` it is the payload."""
        if alone:
            asked = replace(asked, instead={1: asked.instead[alone]} if alone in asked.instead else {})
        records = self._judge.judge(asked).records
        if alone:
            return {alone: _placed(records[0], alone)} if len(records) == 1 else {}
        return {each.made[0].exchange.position: each for each in records}

    def _read_by(self, facility: str, adapter: str, since: datetime | None) -> Iterator[_Bytes]:
        after = 0
        while True:
            with self._store.read() as connection:
                page = payloads.page(connection, facility, adapter, since, after)
            yield from self._whole(page)
            if not page:
                return
            after = page[-1].rid

    def _whole(self, found: Iterable[Stored]) -> Iterator[_Bytes]:
        for one in found:
            with self._store.read() as connection:
                data = payloads.whole(connection, one)
                parts = payloads.parts(connection, one) if data is None else []
            if data is None and not parts:
                self.counts.without_bytes += 1
                continue
            self.counts.payloads += 1
            if data is not None:
                yield _Bytes(one, data)
            for place, record in parts:
                yield _Bytes(one, record, place)

    def _different(
        self,
        one: Stored,
        old: Mapping[tuple[int, bool], Exchange],
        ready: Mapping[int, Ready],
        refused: Sequence[Issue],
        concerns: Concerns,
    ) -> list[Difference]:
        new = {(place, made.exchange.sensitive): made for place, each in ready.items() for made in each.made}
        found = []
        for key in sorted({*old, *new}):
            becomes = new[key].exchange if key in new else None
            told = difference(one, key[0], old.get(key), becomes, refused)
            if told is None or not concerns(old.get(key), becomes):
                self.counts.same += 1
                continue
            self.counts.different += 1
            word = told.becomes or "nothing"
            self.counts.becomes[word] = self.counts.becomes.get(word, 0) + 1
            found.append(told)
        return found

    # ---- carry out --------------------------------------------------------------------

    def _carried(self, one: Compared, ours: Set[int], word: _Word) -> Iterator[Again]:
        """Of the records at ``ours`` those that are different: kept, or left with the reason."""
        told: dict[int, Difference] = {}
        for each in one.found:  # the ordinary part of a record before the one kept apart
            if each.record in ours:
                told.setdefault(each.record, each)
        shared = Counter(ready.made[0].exchange.record for ready in one.ready.values())
        left = {place: why for place in told if (why := why_left(one, told[place], shared))}
        for place, why in left.items():
            yield Again(told[place], rules=why)
        instead = {place: self._instead(one, place) for place in sorted(set(told) - set(left))}
        ready = one.ready
        if any(each.gone for each in instead.values()):  # what is taken back is judged with the rest
            ready = self._judged(replace(one.asked, at=self._now(), instead=instead), one.alone)
        for place in instead:
            yield self._kept(one, told[place], ready[place], word)

    def _instead(self, one: Compared, place: int) -> Instead:
        """With what the record said before and says no more, taken back, and what that refers to."""
        old, instead = one.standing[place, False], one.asked.instead[place]
        if not instead.signed:  # nobody was told
            return instead
        before = {each["id"]: each for each in said(one, place)}
        stays = {each["id"] for each in resources(loads(one.ready[place].whole))}
        with self._store.read() as connection:
            others = {
                name
                for name, each in before.items()
                if replacements.others_tell(connection, each["resourceType"], name, {old.id, apart(old.id)})
            }
        gone = {
            name: in_error(each)
            for name, each in before.items()
            if name not in stays and name not in others and each["resourceType"] != "Provenance"
        }
        waiting = list(gone.values())
        while waiting:
            for reference in references(waiting.pop()):
                name = reference.removeprefix("urn:uuid:")
                if name in before and name not in stays and name not in gone:
                    gone[name] = before[name]
                    waiting.append(before[name])
        return replace(instead, gone=tuple(gone.values()))

    def _kept(self, one: Compared, told: Difference, ready: Ready, word: _Word) -> Again:
        old, made = one.standing[told.record, False], ready.made[0].exchange
        if made.status != "kept":
            return Again(told, rules=rules_of(made))
        before = order_claims(collection(said(one, told.record))) if _signed(old) else ()

        def work(connection: Connection) -> None:
            if replacements.is_replaced(connection, old.facility, old.id):
                raise Conflict("exchange-replaced")
            self._intake.again(connection, ready, one.payload.rid, before)
            rid = exchanges.rid_of(connection, made.id)
            if old.status == "held":
                exchanges.decide(connection, old.id, "refused", who=word.by, why=word.reason)
            if rid is not None:
                replacements.replace(connection, old.facility, old.id, rid)
                quality.replaced(connection, old.id)
            detail = {"exchange": made.id, "replaces": old.id, "by": word.by, "reason": word.reason}
            audit.append(connection, self._now(), word.actor, "exchange-translated-again", "", detail)

        try:
            self._store.write(work)
        except Conflict as wrong:
            return Again(told, rules=tuple(issue.rule for issue in wrong.issues))
        self.counts.replaced += 1
        return Again(told, made.id)


def _signed(standing: Exchange) -> bool:
    """Others may have it."""
    return standing.status not in ("held", "refused")


def _placed(ready: Ready, place: int) -> Ready:
    """A record that was judged by itself, at its place in its payload."""
    made = (replace(one, exchange=replace(one.exchange, position=place)) for one in ready.made)
    return replace(ready, made=tuple(made))
