"""The Provenance of a mapping file: what it names, and what it leaves as it was."""

from __future__ import annotations

from dataclasses import replace

from gateway.adapter import DefaultProfile, MappingText, Payload, Translation, bind, split, translate
from gateway.bundle import collection
from gateway.mapping.made_by import tells_file, with_file_told
from gateway.outcome import refusing
from gateway.r4 import check
from gateway.revision import message_number, recorded_at, result_times
from tests.plain_table import PlainTable, mapping, table

ADAPTER = bind(PlainTable(), [MappingText.read(mapping().encode())])
SOURCE_TIME = "2026-11-20T09:30:00+07:00"


def placed() -> Translation:
    (record,) = split(ADAPTER, Payload(table(1)))
    return translate(ADAPTER, record, DefaultProfile("79001"))


def told(made: Translation, adapter: PlainTable | None = None) -> Translation:
    return with_file_told(made, adapter or ADAPTER, "79001")


def test_it_is_valid_r4_and_stands_behind_the_rest_so_that_the_lineage_holds() -> None:
    before, after = placed(), told(placed())
    assert list(after.resources[:-1]) == list(before.resources)
    assert after.lineage == before.lineage
    assert not refusing(check(after.bundle()))
    assert tells_file(after.resources[-1])


def test_what_no_mapping_file_placed_is_left_as_it_is() -> None:
    made = replace(placed(), mapping="")
    assert told(made) is made


def test_the_same_record_by_the_same_file_and_adapter_has_the_same_one_and_another_else() -> None:
    newer = PlainTable()
    newer.version = "2"
    ids = [
        told(made, adapter).resources[-1]["id"]
        for made, adapter in (
            (placed(), None), (placed(), None), (replace(placed(), mapping="xn-huyen 2 sha256:00"), None),
            (placed(), newer),
        )
    ]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_when_the_record_was_said_is_read_from_its_own_words_as_before() -> None:
    own = {
        "resourceType": "Provenance",
        "id": "8f4e7d0c-6b1a-5c2d-9e3f-0a1b2c3d4e5f",
        "target": [{"reference": "urn:uuid:1"}],
        "recorded": SOURCE_TIME,
        "entity": [{"what": {"identifier": {"system": "urn:vn:cskcb:79001:message", "value": "17"}}}],
    }
    made = placed()
    spoken = replace(made, resources=[*made.resources, own])
    before, after = spoken.bundle(), told(spoken).bundle()
    assert recorded_at(after) == recorded_at(before) is not None
    assert message_number(after) == "17"
    times = result_times(collection(told(made).resources))
    assert {times[one["id"]] for one in made.resources} == set(result_times(made.bundle()).values())
