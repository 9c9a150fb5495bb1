"""Clause 4 of the law, by altering every word of a sample: what changes nothing is neither placed nor listed."""

from __future__ import annotations

import sys

from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, bind
from gateway.workbench.law import Trial, found
from gateway.workbench.samples import Sample
from tests.tabular.building import SAMPLES


def test_the_law_holds_on_every_word_of_the_laboratorys_table() -> None:
    path = SAMPLES / "xn-huyen.csv"
    adapter = bind(TabularAdapter(), [MappingText.read(path.with_suffix(".toml").read_bytes())])
    trial = Trial(adapter, Sample(path, path.read_bytes()), [], None, sys.maxsize)
    words = {finding.clause: finding.verdict for finding in found(trial)}
    assert {clause: words[clause].issues for clause in range(1, 7)} == dict.fromkeys(range(1, 7), ())
