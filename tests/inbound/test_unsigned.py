"""What is no signed message at all is a PayloadError (400): there is nothing to give a receipt for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import PayloadError
from gateway.jsontext import loads
from tests.inbound.world import World, code
from tests.sender import Sender

DEEP = b'{"a":' * 101 + b"1" + b"}" * 101

UNSIGNED = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "an array": b"[]",
    "an array of arrays": b"[[[]]]",
    "a string": b'"Bundle"',
    "a number": b"42",
    "null": b"null",
    "true": b"true",
    "an empty object": b"{}",
    "an empty Bundle": b'{"resourceType":"Bundle","type":"message"}',
    "no entries": b'{"resourceType":"Bundle","type":"message","entry":[]}',
    "an entry that is null": b'{"resourceType":"Bundle","type":"message","entry":[null]}',
    "an entry without a resource": b'{"resourceType":"Bundle","type":"message","entry":[{}]}',
    "entries that are an object": b'{"resourceType":"Bundle","type":"message","entry":{"0":1}}',
    "entries that are a text": b'{"resourceType":"Bundle","type":"message","entry":"MessageHeader"}',
    "a single resource": b'{"resourceType":"Observation","id":"1"}',
    "NaN": b'{"resourceType":"Bundle","value":NaN}',
    "Infinity": b'{"resourceType":"Bundle","value":-Infinity}',
    "a key twice": b'{"resourceType":"Bundle","resourceType":"Bundle"}',
    "a hundred and one levels": DEEP,
    "a hundred thousand levels": b"[" * 100_000,
    "truncated": b'{"resourceType":"Bundle","type":"mess',
    "two values": b"{}{}",
    "Latin-1": "{\"name\":\"Nguyễn\"}".encode("utf-16"),
    "broken UTF-8": b'{"name":"\xc3\x28"}',
    "a NUL": b'{"name":"\x00"}',
    "an escaped NUL": b'{"name":"\\u0000"}',
    "half a surrogate": b'{"name":"\\ud800"}',
    "a number of five thousand digits": b'{"value":' + b"9" * 5000 + b"}",
    "XML": b'<Bundle xmlns="http://hl7.org/fhir"/>',
    "HL7 v2": b"MSH|^~\\&|LIS|79001\r",
}  # fmt: skip


@pytest.mark.parametrize("name", UNSIGNED)
def test_what_is_no_message_is_a_payload_error(receiver: World, name: str) -> None:
    before = receiver.content()
    with pytest.raises(PayloadError) as refused:
        receiver.inbound.accept(UNSIGNED[name], actor="province")
    assert refused.value.status == 400
    assert receiver.content() == before


def test_a_message_without_its_signature_is_a_payload_error_on_both_databases(world: World, lab: Sender) -> None:
    message = lab.message()
    unsigned = json.dumps({**message, "entry": message["entry"][:-1]}, default=str).encode()
    with pytest.raises(PayloadError) as refused:
        world.inbound.accept(unsigned, actor="province")
    assert refused.value.issues[0].rule == "message-not-signed"
    assert world.current() is None


def test_a_receipt_is_not_a_message(receiver: World, lab: Sender) -> None:
    told = receiver.inbound.accept(lab.sent(), actor="province")
    with pytest.raises(PayloadError) as refused:
        receiver.inbound.accept(told, actor="province")
    assert refused.value.issues[0].rule == "message-is-a-receipt"


@pytest.mark.parametrize("part", [1, 2, 3, 10, 100])
def test_a_message_cut_off_in_transit_is_a_payload_error(receiver: World, lab: Sender, part: int) -> None:
    sent = lab.sent()
    with pytest.raises(PayloadError):
        receiver.inbound.accept(sent[: len(sent) - part], actor="province")


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value in a message, the inner ones and the leaves."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, item in inner:
        found += places(item, (*path, key))
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.data())
def test_anything_in_place_of_anything_is_refused_in_words(receiver: World, lab: Sender, chosen: st.DataObject) -> None:
    message = json.loads(lab.sent())
    path = chosen.draw(st.sampled_from(places(message)))
    place = message
    for step in path[:-1]:
        place = place[step]
    new = chosen.draw(_json)
    if new == place[path[-1]] and type(new) is type(place[path[-1]]):
        return
    place[path[-1]] = new
    try:
        told = receiver.inbound.accept(json.dumps(message).encode(), actor="province")
    except PayloadError:
        return
    assert code(loads(told)) == "fatal-error"
    assert receiver.current() is None
