"""The law of an adapter holds on every sample the project ships; ``gateway adapter check`` tries more words of each."""

from __future__ import annotations

import pytest

from gateway.adapter import MappingText, SourceAdapter, bind
from gateway.installed import running_adapters
from gateway.workbench.differences import differences
from gateway.workbench.expected import expected_file, read, tree
from gateway.workbench.law import Trial, found
from gateway.workbench.samples import EXPECTED, Sample, own_folder, own_samples
from gateway.workbench.seen import seen

WORDS = 12  # of each sample
ALL = [(one, sample) for one in running_adapters() for sample in own_samples(one)]


OF_EACH = pytest.mark.parametrize(
    ("adapter", "sample"), ALL, ids=[f"{one.name}-{sample.path.name}" for one, sample in ALL]
)


def _reading(adapter: SourceAdapter, sample: Sample) -> SourceAdapter:
    """The adapter, by the mapping file beside the sample where it reads by one."""
    if not adapter.mapped:
        return adapter
    return bind(adapter, [MappingText.read(sample.path.with_suffix(".toml").read_bytes())])


@OF_EACH
def test_an_adapter_keeps_its_law_on_each_of_its_samples(adapter: SourceAdapter, sample: Sample) -> None:
    others = [one for one in running_adapters() if one.name != adapter.name]
    told = list(found(Trial(_reading(adapter, sample), sample, others, most=WORDS)))
    broken = {one.clause: [issue.text() for issue in one.verdict.issues] for one in told if one.verdict.word != "pass"}
    assert broken == {}


@OF_EACH
def test_a_sample_becomes_what_is_written_beside_it(adapter: SourceAdapter, sample: Sample) -> None:
    """Where that is meant: ``gateway adapter expect --force``, and the change is read line by line."""
    reading = _reading(adapter, sample)
    now = tree(reading, seen(reading, sample.data))
    assert [str(one) for one in differences(read(expected_file(sample)) or {}, now)] == []


def test_nothing_is_written_of_a_sample_that_is_no_more() -> None:
    there = {file for one in running_adapters() for file in (own_folder(one) / "samples" / EXPECTED).iterdir()}
    assert there == {expected_file(sample) for _, sample in ALL}
