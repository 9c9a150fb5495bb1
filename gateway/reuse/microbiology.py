"""Positive or negative: of microbiology a list may let only positives stand (the draft circular of 08/2026).

A negative culture says nothing of today. What is neither surely positive nor surely negative, a grown organism among
them, is left to the clinician.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from gateway.reuse.reasons import reason
from gateway.reuse.result import Code, PriorResult
from gateway.reuse.verdict import Reason

_SCT, _LOINC = "http://snomed.info/sct", "http://loinc.org"
# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation
_POSITIVE_FLAGS, _NEGATIVE_FLAGS = frozenset({"POS", "DET", "RR"}), frozenset({"NEG", "ND", "NR"})
_POSITIVE: frozenset[Code] = frozenset({
    (_SCT, "10828004"), (_SCT, "260373001"), (_SCT, "11214006"), (_SCT, "52101004"),  # and detected, reactive, present
    (_LOINC, "LA6576-8"), (_LOINC, "LA11882-0"),  # Positive, Detected
})  # fmt: skip
_NEGATIVE: frozenset[Code] = frozenset({
    (_SCT, "260385009"), (_SCT, "260415000"), (_SCT, "131194007"), (_SCT, "2667000"),  # the contraries, in that order
    (_LOINC, "LA6577-6"), (_LOINC, "LA11883-8"),  # Negative, Not detected
})  # fmt: skip
# The whole text and nothing more: "nghi ngờ dương tính" is neither.
_POSITIVE_WORDS, _NEGATIVE_WORDS = frozenset({"positive", "dương tính"}), frozenset({"negative", "âm tính"})


def positivity_reason(prior: PriorResult, rule: str) -> Reason:
    """Of a result that only stands when it is positive; ``rule``: the id of who asks it."""
    codes = {"positive": "reuse-positive", "negative": "reuse-negative", "unknown": "reuse-positivity-unknown"}
    return reason(codes[positivity(prior)], rule)


def positivity(prior: PriorResult) -> Literal["positive", "negative", "unknown"]:
    """``unknown`` too where one word of the result says the one and another the other."""
    words = {unicodedata.normalize("NFC", text).strip().rstrip(".").casefold() for text in prior.texts}
    positive = not (
        prior.interpretation.isdisjoint(_POSITIVE_FLAGS)
        and prior.value_codes.isdisjoint(_POSITIVE)
        and words.isdisjoint(_POSITIVE_WORDS)
    )
    negative = not (
        prior.interpretation.isdisjoint(_NEGATIVE_FLAGS)
        and prior.value_codes.isdisjoint(_NEGATIVE)
        and words.isdisjoint(_NEGATIVE_WORDS)
    )
    if positive == negative:
        return "unknown"
    return "positive" if positive else "negative"
