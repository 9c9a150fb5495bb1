"""What stands beside the result a verdict speaks of: another of the same time, an older one, one taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.reuse.comparability import plain_text
from gateway.reuse.conversions import same_amount
from gateway.reuse.reasons import reason
from gateway.reuse.result import PriorResult
from gateway.reuse.rules import Conversion
from gateway.reuse.standing import Prior, newness, readable
from gateway.reuse.verdict import Considered, Reason


def beside_reasons(
    newest: Sequence[Considered], usable: Prior | None, withdrawn: Sequence[Prior], rows: tuple[Conversion, ...]
) -> Iterator[Reason]:
    """``newest``: all that may be the newest, the chosen one first. ``usable``: an older one that would do alone; it
    is told, and never chosen over a newer one.
    """
    chosen, *rivals = newest
    if any(not _agree(chosen.prior, one.prior, rows) for one in rivals):
        yield reason("reuse-same-time-disagrees", count=len(newest))
    if any(one.decision != "reuse" for one in rivals):
        yield reason("reuse-same-time-doubtful", count=len(rivals))
    if usable is not None:
        yield reason("reuse-older-usable", taken=usable.taken, facility=usable.facility_name or usable.facility)
    newer = max((one for one in withdrawn if _newer(one, chosen.prior)), key=newness, default=None)
    if newer is not None:
        yield reason("reuse-newer-withdrawn", taken=newer.taken, facility=newer.facility_name or newer.facility)


def _agree(one: Prior, other: Prior, rows: tuple[Conversion, ...]) -> bool:
    """Two results say the same; two studies say nothing that could be compared here."""
    if not isinstance(one, PriorResult) or not isinstance(other, PriorResult):
        return True
    if one.quantity is None or other.quantity is None:
        return one.quantity is other.quantity and one.value_codes == other.value_codes and _words(one) == _words(other)
    return same_amount(one.quantity, other.quantity, rows)


def _words(one: PriorResult) -> set[str]:
    return {plain_text(text) for text in one.texts}


def _newer(one: Prior, other: Prior) -> bool:
    times = readable(one.taken), readable(other.taken)
    return times[0] is not None and times[1] is not None and times[0].earliest > times[1].latest
