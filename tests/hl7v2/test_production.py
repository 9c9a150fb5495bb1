"""MSH-11: what its sender calls training or debugging is marked as no real patient's record."""

from __future__ import annotations

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, Translation
from tests.hl7v2.building import header, message, order, patient, result, rules, translate

NOTED = "hl7v2-not-production"


def made_of(processing: str) -> Translation:
    """The adapter's own translation, before the contract's fence."""
    adapter = Hl7v2Adapter()
    (record,) = adapter.records(Payload(message(header(f11=processing), patient(), order(), result())))
    return adapter.translate(record, DefaultProfile())


@pytest.mark.parametrize("processing", ["T", "D", "T^A", "t", "X", "HUẤN LUYỆN"])
def test_what_is_not_production_is_training_and_says_so(processing: str) -> None:
    made = made_of(processing)
    assert made.training
    assert [(one.severity, one.expression) for one in made.issues if one.rule == NOTED] == [("warning", "MSH-11")]
    assert not made.held  # intake holds it, by the mark


@pytest.mark.parametrize("processing", ["P", "P^T", "p", "", '""', "^T"])
def test_production_or_silence_is_a_patients_record(processing: str) -> None:
    made = made_of(processing)
    assert not made.training
    assert not made.issues


def test_training_changes_no_resource_but_the_words_on_the_message() -> None:
    training, production = (made_of(kind).resources for kind in "TP")
    (said,) = (one for one in training if one["resourceType"] == "Provenance")
    assert [one["meta"]["tag"][0]["code"] for one in said["contained"] if "meta" in one] == ["T"]
    assert training[:-1] == production[:-1]


def test_the_mark_comes_through_the_fence() -> None:
    made = translate(message(header(f11="T"), patient(), order(), result()))
    assert made.training
    assert rules(made) == [NOTED]
