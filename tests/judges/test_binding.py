"""Which adapter reads a payload of a facility with mapping files, and by which of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.adapter import MappingText, Payload, SourceAdapter, split
from gateway.binding import MOST, Binding
from gateway.errors import AdapterConflict, PayloadError, SettingsError
from gateway.installed import running_adapters
from tests.plain_table import PlainTable, mapping, table


def files(*texts: str) -> list[MappingText]:
    return [MappingText.read(text.encode()) for text in texts]


class Counting(PlainTable):
    """Counts how often it is bound."""

    times = 0

    def bound(self, given: Sequence[MappingText]) -> SourceAdapter:
        type(self).times += 1
        return super().bound(given)


def test_a_file_is_read_once_and_a_changed_one_at_once() -> None:
    Counting.times = 0
    binding = Binding([Counting()])
    first, second = files(mapping("1")), files(mapping("2"))
    one = binding.choose(Payload(table(1)), files=first)
    assert binding.choose(Payload(table(2)), files=files(mapping("1"))) is one  # read again, it is the same file
    assert binding.choose(Payload(table(2)), files=second) is not one
    assert binding.choose(Payload(table(2)), files=first) is one
    assert Counting.times == 2


def test_what_is_kept_is_bounded() -> None:
    Counting.times = 0
    binding = Binding([Counting()])
    for version in range(MOST + 1):
        binding.choose(Payload(table(1)), files=files(mapping(str(version))))
    binding.choose(Payload(table(1)), files=files(mapping(str(MOST))))
    assert Counting.times == MOST + 1
    binding.choose(Payload(table(1)), files=files(mapping("0")))  # the one not asked for the longest
    assert Counting.times == MOST + 2


def test_a_wrong_file_harms_only_what_it_would_read_and_is_told_each_time() -> None:
    binding = Binding([*running_adapters(["hl7v2"]), PlainTable()])
    wrong = files(mapping(test=""))
    assert binding.choose(Payload(b"MSH|^~\\&|"), files=wrong).name == "hl7v2"
    for _ in range(2):
        with pytest.raises(SettingsError) as told:
            binding.choose(Payload(table(1)), files=wrong)
        assert told.value.issues[0].expression == "xn-huyen line 4"


def test_an_adapter_its_facility_may_not_use_is_not_asked() -> None:
    binding = Binding([PlainTable()])
    with pytest.raises(AdapterConflict):
        binding.choose(Payload(table(1)), files=files(mapping()), allowed=["hl7v2"])


def test_none_and_two_that_fit_are_told_by_name() -> None:
    binding = Binding([PlainTable()])
    with pytest.raises(PayloadError) as none:
        split(binding.choose(Payload(table(1))), Payload(table(1)))
    assert none.value.issues[0].rule == "mapping-none-registered"
    both = files(mapping(), mapping(name="xn-tinh"))
    with pytest.raises(AdapterConflict) as two:
        split(binding.choose(Payload(table(1)), files=both), Payload(table(1)))
    assert two.value.issues[0].parameters == {"mappings": "xn-huyen 1, xn-tinh 1"}
