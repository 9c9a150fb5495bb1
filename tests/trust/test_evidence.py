"""Evidence files: built, read, judged; and what hostile files do to the verifier: nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.jsontext import dumps
from gateway.messages import catalogue
from gateway.trust.evidence import build, read, verify_file
from gateway.trust.form import MAX_BYTES
from tests.trust.world import LATER, NOW, PAYLOAD, World, as_sent, failing, rules


def test_an_evidence_file_with_everything_in_it_is_valid_years_later(world: World) -> None:
    file = build(as_sent(world.signed), payload=PAYLOAD, receipts=[as_sent(world.receipt())])
    found = verify_file(file, world.trust, LATER)
    assert (found.verdict, found.word(9)) == ("valid", "pass")


def test_the_bundle_stands_in_the_file_with_its_digits(world: World) -> None:
    assert as_sent(world.signed) in build(world.signed, payload=PAYLOAD)


def test_a_bare_signed_bundle_is_judged_too(world: World) -> None:
    assert verify_file(as_sent(world.signed), world.trust, NOW).valid


def test_a_byte_order_mark_before_the_file_does_no_harm(world: World) -> None:
    assert verify_file(b"\xef\xbb\xbf" + build(world.signed), world.trust, NOW).valid


def test_one_changed_digit_anywhere_is_invalid(world: World) -> None:
    file = build(world.signed, payload=PAYLOAD)
    for place in (place for place, octet in enumerate(file) if octet in b"0123456789"):
        made = file[:place] + (b"1" if file[place : place + 1] != b"1" else b"2") + file[place + 1 :]
        assert verify_file(made, world.trust, NOW).verdict == "invalid", place


def test_another_payload_in_the_file_is_invalid(world: World) -> None:
    found = verify_file(build(world.signed, payload=b"another"), world.trust, NOW)
    assert (failing(found), rules(found)) == ([9], ["signature-payload-differs"])


def test_an_empty_payload_is_a_payload(world: World) -> None:
    assert failing(verify_file(build(world.signed, payload=b""), world.trust, NOW)) == [9]


def test_the_file_is_unverifiable_without_trust_and_takes_none_from_itself(world: World) -> None:
    file = json.loads(build(world.signed, payload=PAYLOAD))
    assert verify_file(dumps(file), None, NOW).verdict == "invalid"  # floats lost the digits: 5.10
    assert verify_file(build(world.signed, payload=PAYLOAD), None, NOW).verdict == "unverifiable"
    with_trust = build(world.signed)[:-1] + b',"trust":' + world.trust.as_bytes() + b"}"
    assert rules(verify_file(with_trust, None, NOW)) == ["evidence-form"]


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": 2},
        {"evidence": "1"},
        {"evidence": True},
        {"bundle": None},
        {"bundle": "x"},
        {"payload": 5},
        {"payload": None},
        {"payload": "YQ"},
        {"payload": "YR=="},
        {"payload": "YQ==\n"},
        {"payload": "é"},
        {"receipts": {}},
        {"receipts": [1]},
        {"receipts": None},
        {"extra": 1},
    ],
    ids=str,
)
def test_an_evidence_file_of_another_form_is_invalid(world: World, change: dict[str, Any]) -> None:
    made = {"evidence": 1, "bundle": world.signed, "payload": base64.b64encode(PAYLOAD).decode(), **change}
    found = verify_file(dumps(made), world.trust, NOW)
    assert (found.verdict, failing(found)) == ("invalid", [1])
    assert rules(found)[0] in ("evidence-form", "evidence-version")


HOSTILE = {
    "empty": b"",
    "white space": b" \n",
    "not UTF-8": b"\xff\xfe",
    "NUL": b'{"evidence":\x001}',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "deep in the bundle": b'{"evidence":1,"bundle":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "the same key twice": b'{"evidence":1,"evidence":1,"bundle":{}}',
    "NaN": b'{"evidence":NaN}',
    "a number of a million digits": b'{"evidence":' + b"9" * 1_000_000 + b"}",
    "half a character": b'{"evidence":"\\ud800"}',
    "100 MB": b" " * 100_000_000,
    "truncated": b'{"evidence":1,"bundle":{"resourceType":"Bundle"',
    "a list": b"[]",
    "a text": b'"x"',
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_invalid_with_or_without_trust(world: World, file: bytes) -> None:
    for trust in (world.trust, None):
        found = verify_file(file, trust, NOW)
        assert (found.verdict, failing(found)) == ("invalid", [1])
        assert found.as_json("vi")["reasons"]


def test_the_size_limit_is_said_and_judged_before_anything_is_parsed(world: World) -> None:
    just = as_sent(world.signed) + b" " * (MAX_BYTES - len(as_sent(world.signed)))
    assert verify_file(just, world.trust, NOW).valid
    assert rules(verify_file(just + b" ", world.trust, NOW)) == ["signature-too-large"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_judged_without_a_crash(file: bytes | str) -> None:
    assert verify_file(file, None, NOW).verdict == "invalid"


def test_every_reason_has_a_sentence_in_both_languages(world: World) -> None:
    found = verify_file(as_sent(world.signed), None, NOW)
    assert all(set(catalogue()[rule]) == {"en", "vi"} for rule in rules(found))


def test_evidence_is_read_back_as_it_was_built(world: World) -> None:
    receipt = world.receipt()
    found = read(build(world.signed, payload=PAYLOAD, receipts=[receipt]))
    assert (as_sent(found.bundle), found.payload) == (as_sent(world.signed), PAYLOAD)
    assert [as_sent(one) for one in found.receipts] == [as_sent(receipt)]
