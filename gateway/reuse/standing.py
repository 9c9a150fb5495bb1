"""Which of a patient's results stand, and which of them may be the newest.

One result is told in versions: only its last one counts, and where any telling of that withdraws it, it is withdrawn.
Where times leave open which of two is newer, both may be the newest. A result whose time is not known may have been
taken at any moment before it was issued.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.reuse.result import PriorResult, PriorStudy, Taken

Prior = PriorResult | PriorStudy

Newness = tuple[bool, datetime, datetime, int, str]
Aged = tuple[Newness, Prior]

WITHDRAWN = frozenset({"entered-in-error", "cancelled"})

_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one test. ``newest``: every one that may be the newest; the first of them is the one a verdict speaks of.

    ``older``, each with its newness, and ``withdrawn``: in no order.
    """

    newest: tuple[Prior, ...]
    older: tuple[Aged, ...]
    withdrawn: tuple[Prior, ...]


def last_versions(priors: Iterable[Prior]) -> list[Prior]:
    """Each result in its last version, in whichever order they were told.

    One told twice in the same words counts once; one that is told in two ways stands in both, unless it is withdrawn.
    """
    found: dict[str, list[Prior]] = {}
    for one in priors:
        if one.reference in found:
            found[one.reference].append(one)
        else:
            found[one.reference] = [one]
    last = list[Prior]()
    for reference, tellings in found.items():
        if len(tellings) == 1:
            last += tellings
            continue
        version = max(one.version for one in tellings) if reference else None  # without a reference, each its own
        of_version = {repr(one): one for one in tellings if version is None or one.version == version}
        different = [one for _, one in sorted(of_version.items())]
        last += (reference and [one for one in different if one.status in WITHDRAWN][:1]) or different
    return last


def standing(priors: Iterable[Prior]) -> Standing:
    """``priors``: of one test, each in its last version."""
    withdrawn, aged = list[Prior](), list[Aged]()
    for one in priors:
        if one.status in WITHDRAWN:
            withdrawn.append(one)
        else:
            aged.append((newness(one), one))
    newest_edge = max((age[2] for age, _ in aged), default=_NEVER)
    return Standing(
        tuple(sorted((one for age, one in aged if age[1] >= newest_edge), key=newness, reverse=True)),
        tuple(one for one in aged if one[0][1] < newest_edge),
        tuple(withdrawn),
    )


def newness(prior: Prior) -> Newness:
    """(time known, latest, earliest, version, reference): of two results, the newer has the greater."""
    taken = readable(prior.taken)
    if taken is not None:
        first, last = taken.earliest, taken.latest
        return (True, *((last, first) if first <= last else (first, last)), prior.version, prior.reference)
    issued = prior.issued if isinstance(prior, PriorResult) else None
    known = issued is not None and issued.utcoffset() is not None
    return False, issued if known and issued else _ALWAYS, _NEVER, prior.version, prior.reference


def readable(taken: Taken | None) -> Taken | None:
    """A time that can be told from other times: None where a zone is missing."""
    if taken is None or taken.earliest.utcoffset() is None:
        return None
    return taken if taken.latest is taken.earliest or taken.latest.utcoffset() is not None else None
