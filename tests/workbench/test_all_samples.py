"""The law of an adapter holds on every sample the project ships; ``gateway adapter check`` tries more words of each."""

from __future__ import annotations

import pytest

from gateway.adapter import MappingText, SourceAdapter, bind
from gateway.installed import running_adapters
from gateway.workbench.law import Trial, found
from gateway.workbench.samples import Sample, own_samples

WORDS = 12  # of each sample
ALL = [(one, sample) for one in running_adapters() for sample in own_samples(one)]


@pytest.mark.parametrize(("adapter", "sample"), ALL, ids=[f"{one.name}-{sample.path.name}" for one, sample in ALL])
def test_an_adapter_keeps_its_law_on_each_of_its_samples(adapter: SourceAdapter, sample: Sample) -> None:
    others = [one for one in running_adapters() if one.name != adapter.name]
    if adapter.mapped:
        adapter = bind(adapter, [MappingText.read(sample.path.with_suffix(".toml").read_bytes())])
    told = list(found(Trial(adapter, sample, others, most=WORDS)))
    broken = {one.clause: [issue.text() for issue in one.verdict.issues] for one in told if one.verdict.word == "fail"}
    assert broken == {}
