"""Results that go on in the next OBX: a long text a line each, a PDF in pieces.

Senders whose reports are long write an OBX for each line, or for each few thousand characters of a document. All
that they say but position and value is the same. As a result of its own each line would mean nothing, and the lines
of a longer earlier version would stay behind a shorter correction.
"""

from __future__ import annotations

from itertools import pairwise

from adapters.hl7v2.documents import begins_pdf
from adapters.hl7v2.groups import Groups, Result
from adapters.hl7v2.segments import Segment

_KINDS = frozenset({"TX", "FT", "ED"})


def join_continued(groups: Groups) -> None:
    """Every list of results of the message, joined."""
    for order in groups.orders:
        order.results = joined(order.results)
    for document in groups.documents:
        document.results = joined(document.results)
    for vaccination in groups.vaccinations:
        vaccination.results = joined(vaccination.results)
    groups.patient_results = joined(groups.patient_results)


def joined(results: list[Result]) -> list[Result]:
    """The results, each with the lines or pieces that follow it as further repetitions of its value."""
    if not any(_alike(one.obx, other.obx) for one, other in pairwise(results)):
        return results
    made = results[:1]
    for last, result in pairwise(results):
        before = made[-1]
        if not before.notes and before.specimen == result.specimen and _goes_on(before.obx, last.obx, result.obx):
            before.obx.go_on(5, result.obx)
            before.notes += result.notes
        else:
            made.append(result)
    return made


def _goes_on(first: Segment, last: Segment, obx: Segment) -> bool:
    if last.line + 1 != obx.line or not _alike(last, obx):
        return False
    return obx.raw(2) != "ED" or _piece(first, obx)


def _alike(one: Segment, other: Segment) -> bool:
    """True for two texts, or two documents, that say the same but for position and value."""
    if other.raw(2) not in _KINDS or one.raw(2) != other.raw(2):
        return False
    return _all_but(one) == _all_but(other)


def _all_but(obx: Segment) -> list[str]:
    """Every field but the value; of the position only whether there is one."""
    texts = obx.texts
    made = ["1" if obx.raw(1) else "", *texts[2:5], *texts[6:]]
    while not made[-1]:
        made.pop()
    return made


def _piece(first: Segment, obx: Segment) -> bool:
    """The next piece of a PDF in base64: said to be the same kind of data, and not the beginning of another."""
    begun, more = first.first(5), obx.first(5)
    if begun is None or more is None or not begins_pdf(begun.peek(5)) or begins_pdf(more.peek(5)):
        return False
    same = all(begun.peek(component) == more.peek(component) for component in (1, 2, 3, 4))
    return same and begun.peek(4).upper() == "BASE64"
