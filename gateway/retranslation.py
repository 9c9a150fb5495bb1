"""Flow: what is stored, judged again by the mapping files in force, or by a changed one: what would become different.

Nothing is translated again by itself. A payload is judged as if it came now, and compared with what its records
became; the same judgement then makes the exchanges that take their place, when a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.adapter import MappingText, Payload
from gateway.brought import order_claims
from gateway.bundle import Resource, collection, references, resources
from gateway.difference import Change, changes, told
from gateway.entered_in_error import in_error
from gateway.errors import AdapterConflict, Conflict, NotFound, SenderError
from gateway.exchange import Exchange, ExchangeStatus
from gateway.intake import Intake, Judging
from gateway.jsontext import loads
from gateway.judgement import Asked, Ready
from gateway.keyring import Keyring
from gateway.mapping.made_by import apart
from gateway.outcome import Issue
from gateway.senders import Sender, Senders
from gateway.signing import Instead
from gateway.store import Connection, Store, audit, exchanges, payloads, replacements
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


@dataclass(frozen=True, slots=True)
class Again:
    """What became of a different record: the exchange that took its place, "" where it was left; then why."""

    difference: Difference
    exchange: str = ""
    rules: tuple[str, ...] = ()


@dataclass
class Counts:
    """How many exchanges were looked at, and what was found; ``without_bytes``: payloads that are not kept any more;
    ``replaced``: records whose exchange another took the place of."""

    payloads: int = 0
    same: int = 0
    different: int = 0
    replaced: int = 0
    without_bytes: int = 0
    becomes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A payload, what stands of it by record and whether it is kept apart, and what it would become now."""

    payload: Stored
    asked: Asked
    standing: Mapping[tuple[int, bool], Exchange]
    ready: Mapping[int, Ready]
    found: Sequence[Difference]


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
        self.counts = Counts()

    def differences(
        self, facility: str, adapter: str, changed: Sequence[MappingText] = (), since: datetime | None = None
    ) -> Iterator[Difference]:
        """What the facility's payloads that came ``since`` and that the adapter read would become now, where that is
        different: by its mapping files in force, ``changed`` ones in place of those of their names.

        NotFound for an unknown facility; SettingsError for a file that the adapter cannot read by.
        """
        for one in self._compared(facility, adapter, changed, since):
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
        for one in self._compared(facility, files[name].adapter, (), since):
            ours = {place for place, ready in one.ready.items() if _read_by(ready) == name}
            told: dict[int, Difference] = {}
            for each in one.found:  # the ordinary part of a record before the one kept apart
                if each.record in ours:
                    told.setdefault(each.record, each)
            unpaired = _unpaired(one)
            left = {place: why for place in told if (why := _why_left(one, place, unpaired))}
            for place, why in left.items():
                yield Again(told[place], rules=why)
            stands = set(told) - set(left)
            instead = {place: self._instead(one, place) for place in sorted(stands)}
            if not instead:
                continue
            judged = self._judge.judge(replace(one.asked, at=self._now(), instead=instead))
            for ready in judged.records:
                place = ready.made[0].exchange.position
                if place in instead:
                    yield self._kept(one, told[place], ready, by, reason, actor)

    def _sender(self, code: str) -> Sender:
        with self._store.read() as connection:
            found = Senders().read(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        return found

    # ---- compare ----------------------------------------------------------------------

    def _compared(
        self, facility: str, adapter: str, changed: Sequence[MappingText], since: datetime | None
    ) -> Iterator[_Compared]:
        sender = self._sender(facility)
        files = {one.name: one for one in (*sender.mappings, *changed)}
        for one, data in self._stored(facility, adapter, since):
            self.counts.payloads += 1
            key, mappings = self._keyring.active_key(facility), tuple(files.values())
            payload = Payload(data, one.content_type)
            yield self._one(one, Asked(sender.facility, payload, adapter, key, self._now(), sender.terms, mappings))

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

    def _one(self, one: Stored, asked: Asked) -> _Compared:
        with self._store.read() as connection:
            old = {(each.position, each.sensitive): each for each in replacements.in_force(connection, one.rid)}
        refused: Sequence[Issue] = ()
        records: Sequence[Ready] = ()
        try:
            records = self._judge.judge(asked).records
        except (SenderError, AdapterConflict) as wrong:
            refused = wrong.issues
        new = {(made.exchange.position, made.exchange.sensitive): made for each in records for made in each.made}
        found = []
        for key in sorted({*old, *new}):
            told = _difference(one, key[0], old.get(key), new[key].exchange if key in new else None, refused)
            if told is None:
                self.counts.same += 1
                continue
            self.counts.different += 1
            word = told.becomes or "nothing"
            self.counts.becomes[word] = self.counts.becomes.get(word, 0) + 1
            found.append(told)
        ready = {each.made[0].exchange.position: each for each in records}
        return _Compared(one, asked, old, ready, found)

    # ---- carry out --------------------------------------------------------------------

    def _instead(self, one: _Compared, place: int) -> Instead:
        """With what the record said before and says no more, taken back, and what that refers to."""
        old = one.standing[place, False]
        if old.status in ("held", "refused"):  # nobody was told
            return Instead(old.id)
        said = {each["id"]: each for each in _said(one, place)}
        stays = {each["id"] for each in resources(loads(one.ready[place].whole))}
        with self._store.read() as connection:
            others = {
                name
                for name, each in said.items()
                if replacements.others_tell(connection, each["resourceType"], name, {old.id, apart(old.id)})
            }
        gone = {
            name: in_error(each)
            for name, each in said.items()
            if name not in stays and name not in others and each["resourceType"] != "Provenance"
        }
        waiting = list(gone.values())
        while waiting:
            for reference in references(waiting.pop()):
                name = reference.removeprefix("urn:uuid:")
                if name in said and name not in stays and name not in gone:
                    gone[name] = said[name]
                    waiting.append(said[name])
        return Instead(old.id, True, tuple(gone.values()))

    def _kept(self, one: _Compared, told: Difference, ready: Ready, by: str, reason: str, actor: str) -> Again:
        old, made = one.standing[told.record, False], ready.made[0].exchange
        if made.status != "kept":
            return Again(told, rules=_rules(made))
        before = order_claims(collection(_said(one, told.record))) if old.status not in ("held", "refused") else ()

        def work(connection: Connection) -> None:
            if replacements.is_replaced(connection, old.facility, old.id):
                raise Conflict("exchange-replaced")
            self._intake.again(connection, ready, one.payload.rid, before)
            rid = exchanges.rid_of(connection, made.id)
            if old.status == "held":
                exchanges.decide(connection, old.id, "refused", who=by, why=reason)
            if rid is not None:
                replacements.replace(connection, old.facility, old.id, rid)
            detail = {"exchange": made.id, "replaces": old.id, "by": by, "reason": reason}
            audit.append(connection, self._now(), actor, "exchange-translated-again", "", detail)

        try:
            self._store.write(work)
        except Conflict as wrong:
            return Again(told, rules=tuple(issue.rule for issue in wrong.issues))
        self.counts.replaced += 1
        return Again(told, made.id)


def _why_left(one: _Compared, place: int, unpaired: Set[int]) -> tuple[str, ...]:
    """() where what a record would become may take the place of what stands."""
    old, new = one.standing.get((place, False)), one.ready[place].made[0].exchange
    if old is None or (old.record and old.record != new.record):
        return ("record-split-otherwise",)
    return _rules(new) or (("record-pairing-uncertain",) if place in unpaired else ())


def _unpaired(one: _Compared) -> set[int]:
    """Places of records whose bytes are others' too (a workbook's), and which are no more as many or of the same
    patients: by its place alone a record could take that of another patient's."""
    before = {place: old for (place, sensitive), old in one.standing.items() if not sensitive}
    after = {place: ready.made[0].exchange.record for place, ready in one.ready.items()}
    sharing: dict[bytes, set[int]] = {}
    for place, data in after.items():
        sharing.setdefault(data, set()).add(place)
    found = set()
    for data, places in sharing.items():
        whole = len(places) > 1 or data == one.asked.payload.data
        stood = {place for place, old in before.items() if old.record == data or (whole and not old.record)}
        if len(places) == 1 and stood <= places:
            continue
        people = {place: (_people(_told(before[place])), _people(_now(one, place))) for place in places & stood}
        if places != stood or any(old and new and old != new for old, new in people.values()):
            found |= places
        found |= {place for place, (old, new) in people.items() if old != new}
    return found


def _people(told: Sequence[Resource]) -> set[str]:
    return {one["id"] for one in told if one["resourceType"] == "Patient"}


def _now(one: _Compared, place: int) -> list[Resource]:
    """All that a record would become."""
    return list(resources(loads(one.ready[place].whole)))


def _read_by(ready: Ready) -> str:
    """The name of the mapping file that read a record."""
    return str(loads(ready.made[0].exchange.account).get("mapping", "")).partition(" ")[0]


def _said(one: _Compared, place: int) -> list[Resource]:
    """All that stands of a record, what is kept apart too; of what stands in both sets, the whole."""
    both = [one.standing[place, part] for part in (False, True) if (place, part) in one.standing]
    found = {each["id"]: each for exchange in both for each in told(loads(exchange.bundle))}
    return list(found.values())


def _difference(
    payload: Stored, record: int, old: Exchange | None, new: Exchange | None, refused: Sequence[Issue]
) -> Difference | None:
    """None where it stays as it is."""
    was: Becomes = _signed(old.status) if old else None
    becomes: Becomes = new.status if new else "refused" if refused else None
    found = changes(_told(old), _told(new))
    if was == becomes and not found:
        return None
    rules = tuple(sorted({one.rule for one in refused if one.refuses})) if new is None else _rules(new)
    return Difference(old.id if old else "", payload.sha256, record, was, becomes, tuple(found), rules)


def _rules(new: Exchange) -> tuple[str, ...]:
    """Why it is held or refused."""
    issues = loads(new.outcome)["issue"] if new.status != "kept" else ()
    return tuple(sorted({one["details"]["coding"][0]["code"] for one in issues if one["severity"] != "information"}))


def _signed(status: ExchangeStatus) -> ExchangeStatus:
    """Whether it was delivered is no word of its record."""
    return status if status in ("held", "refused") else "kept"


def _told(exchange: Exchange | None) -> list[Resource]:
    """What it says of its record, without what it only takes back."""
    if exchange is None or not exchange.bundle:
        return []
    gone = set(loads(exchange.account).get("taken_back", ()))
    return [one for one in told(loads(exchange.bundle)) if f"{one['resourceType']}/{one['id']}" not in gone]
