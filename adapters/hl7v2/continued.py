"""Results that go on in the next OBX: a long text a line each, a PDF in pieces.

Senders whose reports are long write an OBX for each line, or for each few thousand characters of a document. All
that they say but position and value is the same. As a result of its own each line would mean nothing, and the lines
of a longer earlier version would stay behind a shorter correction.
"""

from __future__ import annotations

from dataclasses import replace
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
    runs: list[list[Result]] = []
    for result in results:
        if runs and _goes_on(runs[-1], result):
            runs[-1].append(result)
        else:
            runs.append([result])
    return [_one(run) for run in runs]


def _one(run: list[Result]) -> Result:
    """The first OBX with all values; what stands behind the last one, since nothing stands between."""
    first = run[0].obx
    if len(run) > 1:
        first.go_on(5, [one.obx for one in run[1:]])
    return replace(run[-1], obx=first)


def _goes_on(run: list[Result], result: Result) -> bool:
    last, obx = run[-1], result.obx
    if last.obx.line + 1 != obx.line or last.specimen != result.specimen or not _alike(last.obx, obx):
        return False
    return obx.raw(2) != "ED" or _piece(run[0].obx, obx)


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
