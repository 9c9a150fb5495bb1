"""The judgement: what was acknowledged against what is stored and delivered. Pure; reading is ``reading``'s.

A payload of the load is one record about a patient of its own, hence one exchange with one
message. ``acknowledged``, ``stored`` and ``delivered`` count payloads; ``lost`` counts those
acknowledged that are not both stored and delivered as they were; ``duplicates`` counts
everything there more than once, or that no sender was told of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.steps import OF_THE_GATEWAY, Step


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange in the sending gateway. ``whole``: its bytes have the digest it was stored with.

    ``proven``: the recipient's receipt that is kept with it verifies, for this very message.
    """

    id: str
    payload_sha256: str
    message_id: str
    status: str
    bundle_sha256: str
    whole: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """An exchange in the receiving gateway."""

    id: str
    message_id: str
    bundle_sha256: str
    reports: tuple[str, ...]  # the reports in it, by logical id


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to."""

    acknowledged: int
    stored: int
    delivered: int
    duplicates: int
    lost: int

    @property
    def hold(self) -> bool:
        return self.acknowledged == self.stored == self.delivered > 0 and self.duplicates == self.lost == 0


def judge(acknowledged: Mapping[str, Sequence[str]], kept: Iterable[Kept], arrived: Iterable[Arrived]) -> Figures:
    """``acknowledged``: hex SHA-256 of each payload → the exchange ids its sender was told."""
    kept, arrived = list(kept), list(arrived)
    told = {exchange: digest for digest, ids in acknowledged.items() for exchange in ids}
    there: dict[str, list[Arrived]] = {}
    for copy in arrived:
        there.setdefault(copy.message_id, []).append(copy)
    stored, delivered = set(), set()
    for one in kept:
        if told.get(one.id) != one.payload_sha256 or not one.whole:
            continue
        stored.add(one.payload_sha256)
        same = any(copy.bundle_sha256 == one.bundle_sha256 for copy in there.get(one.message_id, ()))
        if same and one.status == "delivered" and one.proven:
            delivered.add(one.payload_sha256)
    extra = sum(one.id not in told for one in kept)
    extra += sum(len(ids) - 1 for ids in acknowledged.values() if ids)
    extra += _more_than_once(one.payload_sha256 for one in kept if one.id in told)
    extra += _more_than_once(one.message_id for one in arrived)
    extra += _more_than_once(report for one in arrived for report in one.reports)
    extra += len(there.keys() - {one.message_id for one in kept})
    return Figures(len(acknowledged), len(stored), len(delivered), extra, len(acknowledged.keys() - delivered))


def _more_than_once(things: Iterable[str]) -> int:
    return sum(times - 1 for times in Counter(things).values())


def unkilled(kills: Mapping[Step, int]) -> list[Step]:
    """The steps at which no process died."""
    return [step for step in OF_THE_GATEWAY if not kills.get(step)]
