"""When a sample was taken or an examination done, read from FHIR's dates: the interval that the words leave open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from gateway.bundle import Resource
from gateway.reuse.result import Taken
from gateway.search.dates import BEGINNING, END, intervals

Meaning = Literal["sampling", "performance", "unstated"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)
_EFFECTIVE = ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming")
# Observation.category: who looks at the patient performs then and there; a laboratory's one time may be the sample's,
# the bench's or the release's, and R4 lets effective[x] be either of the first two.
_AT_THE_PATIENT = frozenset({"imaging", "vital-signs", "exam", "procedure", "survey", "social-history", "activity"})


def moment_of(value: Any) -> tuple[datetime, datetime] | None:
    """The aware UTC interval of a date, dateTime, instant, Period or Timing; None where an end of it is open."""
    return _of_text(value) if isinstance(value, str) else _of(value)


@lru_cache(maxsize=4096)  # the times of one report are few, and said in every result
def _of_text(text: str) -> tuple[datetime, datetime] | None:
    return _of(text)


def _of(value: Any) -> tuple[datetime, datetime] | None:
    found = list(intervals(value))
    if not found:
        return None
    low, high = min(one[0] for one in found), max(one[1] for one in found)
    if low <= BEGINNING or high >= END or low > high:
        return None
    try:
        return _EPOCH + low * _ONE, _EPOCH + high * _ONE
    except OverflowError:
        return None


def instant_of(value: Any) -> datetime | None:
    """The beginning of what a date or instant covers."""
    found = moment_of(value)
    return None if found is None else found[0]


def interval_as(value: Any, meaning: Meaning) -> Taken | None:
    found = moment_of(value)
    return None if found is None else Taken(*found, meaning)


def taken_of(observation: Resource, specimen: Resource | None) -> Taken | None:
    """Specimen.collection where it is said, else ``effective[x]``; None where neither is, or an end is left open."""
    if specimen is not None:
        collection = specimen.get("collection", {})
        said = collection.get("collectedDateTime", collection.get("collectedPeriod"))
        if said is not None and (sampled := interval_as(said, "sampling")) is not None:
            return sampled
    return effective_of(observation)


def effective_of(observation: Resource) -> Taken | None:
    """``effective[x]`` alone."""
    meaning: Meaning = "performance" if _at_the_patient(observation) else "unstated"
    return next((interval_as(observation[name], meaning) for name in _EFFECTIVE if name in observation), None)


def _at_the_patient(observation: Resource) -> bool:
    codes = {coding.get("code") for one in observation.get("category", ()) for coding in one.get("coding", ())}
    return bool(codes & _AT_THE_PATIENT) and "laboratory" not in codes
