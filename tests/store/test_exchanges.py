"""An exchange comes back byte for byte, a payload is known by its digest, a person decides once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select, update

from gateway.errors import Conflict, NotFound, StoreUnavailable
from gateway.exchange import Exchange
from gateway.store import Connection, Store, exchanges
from gateway.store.exchanges import Inbound
from gateway.store.packing import packed
from gateway.store.tables import exchange
from tests.store.conftest import NOW, add_exchange

SHA = "ab" * 32
WHOLE = Exchange(
    id="x1",
    facility="01001",
    status="held",
    bundle=b'{"value":5.10}',
    created=NOW,
    payload_sha256=SHA,
    record=b"MSH|\x00\xff",
    position=2,
    adapter="hl7v2",
    adapter_version="1",
    message_id="m1",
    jws_sha256="j",
    kid="k1",
    origin="",
    sensitive=True,
    outcome=b"{}",
    account=b'{"unplaced":[]}',
)


def put(connection: Connection, made: Exchange = WHOLE) -> int:
    rid = exchanges.add_payload(
        connection, facility="01001", sha256=SHA, content_type="text/plain", adapter="hl7v2", received=NOW
    )
    return exchanges.add(connection, made, rid)


def test_an_exchange_comes_back_byte_for_byte(store: Store) -> None:
    rid = store.write(put)
    with store.read() as connection:
        assert exchanges.get(connection, "x1") == WHOLE
        assert exchanges.by_rid(connection, rid) == WHOLE
        assert exchanges.by_message_id(connection, "m1") == WHOLE
        assert exchanges.rid_of(connection, "x1") == rid
        assert exchanges.get(connection, "x2") is None
        assert exchanges.by_message_id(connection, "m2") is None
        assert exchanges.rid_of(connection, "x2") is None


def test_the_digest_of_the_bundle_is_kept_beside_it(store: Store) -> None:
    store.write(put)
    with store.read() as connection:
        digest = connection.exec_driver_sql("SELECT bundle_sha256 FROM exchange").scalar_one()
    assert bytes(digest) == hashlib.sha256(WHOLE.bundle).digest()


LONG = replace(
    WHOLE, bundle=b'{"value":5.10}' * 3000, account=b'{"unplaced":[]}' * 3000, record=b"OBX|1|NM|\xff\r" * 500
)


def test_a_long_one_takes_a_fraction_of_its_bytes_and_comes_back_byte_for_byte(store: Store) -> None:
    rid = store.write(lambda connection: put(connection, LONG))
    with store.read() as connection:
        sizes = select(*(func.length(exchange.c[name]) for name in ("record", "bundle", "account")))
        assert all(0 < size < 500 for size in connection.execute(sizes).one())
        assert exchanges.get(connection, "x1") == LONG
        going = exchanges.outgoing(connection, rid)
    assert going is not None
    assert (going.bundle, going.whole) == (LONG.bundle, True)


def test_one_packed_before_the_transaction_is_kept_the_same(store: Store) -> None:
    before = exchanges.pack(LONG)
    bare = replace(LONG, record=b"", bundle=b"", outcome=b"", account=b"")
    store.write(lambda connection: exchanges.add(connection, bare, None, before))
    with store.read() as connection:
        assert exchanges.get(connection, "x1") == replace(LONG, payload_sha256="")
        found = exchanges.outgoing(connection, 1)
    assert found is not None
    assert found.whole


def test_rows_written_before_there_was_packing_are_read_as_they_stand(store: Store) -> None:
    def as_it_was(connection: Connection) -> None:
        put(connection, LONG)
        plain = {name: getattr(LONG, name) for name in ("record", "bundle", "outcome", "account")}
        connection.execute(update(exchange).values(plain))

    store.write(as_it_was)
    with store.read() as connection:
        assert exchanges.get(connection, "x1") == LONG
        going = exchanges.outgoing(connection, 1)
    assert going is not None
    assert (going.bundle, going.whole) == (LONG.bundle, True)


@pytest.mark.parametrize("column", ["record", "bundle", "account"])
def test_bytes_that_do_not_come_back_are_said_so_and_never_sent(store: Store, column: str) -> None:
    def spoiled(connection: Connection) -> int:
        rid = put(connection, LONG)
        connection.execute(update(exchange).values({column: packed(getattr(LONG, column))[:-1]}))
        return rid

    rid = store.write(spoiled)
    with store.read() as connection:
        with pytest.raises(StoreUnavailable) as said:
            exchanges.get(connection, "x1")
        going = exchanges.outgoing(connection, rid)
    assert said.value.issues[0].rule == "store-bytes-broken"
    assert going is not None
    assert going.whole is (column != "bundle")


def test_a_line_has_what_a_list_shows(store: Store) -> None:
    rid = store.write(put)
    with store.read() as connection:
        line = exchanges.line(connection, "x1")
        assert exchanges.line(connection, "x2") is None
        assert exchanges.list_lines(connection) == [line]
    assert line is not None
    assert (line.rid, line.status, line.position, line.payload_sha256) == (rid, "held", 2, SHA)
    assert (line.message_id, line.sensitive, line.created) == ("m1", True, NOW)


def test_an_exchange_from_another_gateway_has_no_payload_and_unsigned_ones_no_message(store: Store) -> None:
    store.write(lambda connection: (add_exchange(connection, "x1"), add_exchange(connection, "x2")))
    with store.read() as connection:
        found = exchanges.get(connection, "x1")
        assert found is not None
        assert (found.payload_sha256, found.message_id) == ("", "")
        assert exchanges.by_message_id(connection, "") is None


def test_a_payload_is_known_by_facility_and_digest(store: Store) -> None:
    store.write(put)
    with store.read() as connection:
        assert exchanges.payload_exchanges(connection, "02002", SHA) is None
        assert exchanges.payload_exchanges(connection, "01001", "cd" * 32) is None
        found = exchanges.payload_exchanges(connection, "01001", SHA)
    assert found is not None
    assert [line.id for line in found] == ["x1"]
    with pytest.raises(Conflict) as refused:
        store.write(put)
    assert refused.value.issues[0].rule == "payload-exists"


def test_a_list_is_newest_first_filtered_and_paged(store: Store) -> None:
    def work(connection: Connection) -> None:
        for number in range(5):
            add_exchange(connection, f"x{number}", status="held" if number % 2 else "kept")

    store.write(work)
    with store.read() as connection:
        first = exchanges.list_lines(connection, limit=2)
        assert [line.id for line in first] == ["x4", "x3"]
        second = exchanges.list_lines(connection, limit=10, before=first[-1].rid)
        assert [line.id for line in second] == ["x2", "x1", "x0"]
        assert [line.id for line in exchanges.list_lines(connection, status="held")] == ["x3", "x1"]
        assert exchanges.list_lines(connection, facility="02002") == []
        assert exchanges.count_by_status(connection) == {"held": 2, "kept": 3}


def test_a_person_decides_about_a_held_exchange_once(store: Store) -> None:
    store.write(put)
    store.write(lambda connection: exchanges.decide(connection, "x1", "refused", who="dr", why="wrong patient"))
    with store.read() as connection:
        found = exchanges.get(connection, "x1")
    assert found is not None
    assert (found.status, found.decided_by, found.decided_reason) == ("refused", "dr", "wrong patient")
    with pytest.raises(Conflict) as refused:
        store.write(lambda connection: exchanges.decide(connection, "x1", "kept", who="dr", why=""))
    assert refused.value.issues[0].rule == "exchange-not-held"
    with pytest.raises(NotFound):
        store.write(lambda connection: exchanges.decide(connection, "x9", "kept", who="dr", why=""))


def test_a_released_exchange_gets_its_signed_message_once(store: Store) -> None:
    store.write(lambda connection: add_exchange(connection, status="held"))

    def sign(connection: Connection) -> None:
        exchanges.set_signed(connection, "x1", bundle=LONG.bundle, message_id="m7", jws_sha256="j", kid="k")

    store.write(sign)
    with store.read() as connection:
        found = exchanges.by_message_id(connection, "m7")
        digest, size = connection.execute(select(exchange.c.bundle_sha256, func.length(exchange.c.bundle))).one()
    assert found is not None
    assert (found.bundle, found.kid, found.jws_sha256) == (LONG.bundle, "k", "j")
    assert bytes(digest) == hashlib.sha256(LONG.bundle).digest()
    assert size < 500
    with pytest.raises(Conflict) as refused:
        store.write(sign)
    assert refused.value.issues[0].rule == "exchange-signed"


def test_exchanges_are_counted_by_status(store: Store) -> None:
    with store.read() as connection:
        assert exchanges.count_by_status(connection) == {}
    store.write(put)
    with store.read() as connection:
        assert exchanges.count_by_status(connection) == {WHOLE.status: 1}


def test_a_message_is_answered_with_its_first_receipt(store: Store) -> None:
    rid = store.write(put)
    kept = Inbound("m1", "02002", "j", rid, b"receipt", NOW)
    refused = Inbound("m2", "02002", "j", None, b"no", NOW)
    for came in (kept, refused):
        store.write(partial(exchanges.add_inbound, came=came))
    with store.read() as connection:
        assert exchanges.find_inbound(connection, "m1", "02002") == kept
        assert exchanges.find_inbound(connection, "m2", "02002") == refused
        assert exchanges.find_inbound(connection, "m1", "01001") is None
    with pytest.raises(Conflict):
        store.write(lambda connection: exchanges.add_inbound(connection, kept))
