"""What stands of a payload, and what it would become now: compared record by record. Pure.

A record's exchange is another's place only where it is certain to be of the same record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.bundle import Resource
from gateway.difference import Change, changes, told
from gateway.exchange import Exchange, ExchangeStatus
from gateway.jsontext import loads
from gateway.judgement import Asked, Ready
from gateway.outcome import Issue
from gateway.store.payloads import Stored
from gateway.trust import form
from gateway.trust.base64url import digest

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
class Compared:
    """A payload, what stands of it by record and whether it is kept apart, and what it would become now.

    ``alone``: the place of its record that is judged by itself, 0 where the payload is judged whole.
    """

    payload: Stored
    asked: Asked
    standing: Mapping[tuple[int, bool], Exchange]
    ready: Mapping[int, Ready]
    found: Sequence[Difference]
    alone: int = 0


def why_left(one: Compared, told: Difference, shared: Counter[bytes]) -> tuple[str, ...]:
    """() where what a record would become may take the place of what stands: it was made of the same bytes, which are
    no other record's. By its place alone a record could take that of another patient's.

    ``shared``: how many records of the payload have these bytes.
    """
    place = told.record
    if place not in one.ready:  # the payload is refused now, or has no such record any more
        return told.rules or ("record-split-otherwise",)
    old, new = one.standing.get((place, False)), one.ready[place].made[0].exchange
    if old is None or not _same_bytes(old, new.record):
        return ("record-split-otherwise",)
    return rules_of(new) or (("record-pairing-uncertain",) if shared[new.record] > 1 else ())


def _same_bytes(old: Exchange, record: bytes) -> bool:
    """Of one whose bytes are gone (gateway db prune) its signature says which they were."""
    if old.record or not old.message_id:
        return old.record == record
    return str(form.read(loads(old.bundle)).protected["payS256"]) == digest(record)


def read_by(ready: Ready) -> str:
    """The name of the mapping file that read a record."""
    return str(loads(ready.made[0].exchange.account).get("mapping", "")).partition(" ")[0]


def said(one: Compared, place: int) -> list[Resource]:
    """All that stands of a record, what is kept apart too; of what stands in both sets, the whole."""
    both = [one.standing[place, part] for part in (False, True) if (place, part) in one.standing]
    found = {each["id"]: each for exchange in both for each in told(loads(exchange.bundle))}
    return list(found.values())


def difference(
    payload: Stored, record: int, old: Exchange | None, new: Exchange | None, refused: Sequence[Issue]
) -> Difference | None:
    """None where it stays as it is."""
    was: Becomes = _signed(old.status) if old else None
    becomes: Becomes = new.status if new else "refused" if refused else None
    found = changes(_told(old), _told(new))
    if was == becomes and not found:
        return None
    rules = tuple(sorted({one.rule for one in refused if one.refuses})) if new is None else rules_of(new)
    return Difference(old.id if old else "", payload.sha256, record, was, becomes, tuple(found), rules)


def rules_of(new: Exchange) -> tuple[str, ...]:
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
