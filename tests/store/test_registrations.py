"""What is registered comes back as it was, is never overwritten in passing, and ends without vanishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from gateway.errors import Conflict, GatewayError, NotFound
from gateway.facility import Client, Facility, Recipient, Subscription
from gateway.jsontext import Number
from gateway.store import Connection, Store, facilities, keys, tokens
from gateway.store.keys import StoredKey
from gateway.store.tokens import StoredToken
from tests.store.conftest import NOW

HOUR = timedelta(hours=1)
FACILITY = Facility("01001", "Bệnh viện A", ("hl7v2", "bhyt"), decimal_comma=True, aliases=("LAB A",))
CLIENT = Client("c1", "01001", ("system/*.rs",), {"keys": [{"kty": "EC"}]}, "law 15/2023")
RECIPIENT = Recipient("north", "https://north/fhir", {"date": "2026-11-22", "n": Number("1.50")}, "us", {"d": "secret"})
SUBSCRIPTION = Subscription("s1", "north", "law", patient="sys|1")
KEY = StoredKey("k1", "01001", "PEM", "CHAIN", NOW, NOW + 24 * HOUR)


def refused(store: Store, work: Callable[[Connection], object]) -> str:
    with pytest.raises((Conflict, NotFound)) as raised:
        store.write(work)
    assert isinstance(raised.value, GatewayError)
    return raised.value.issues[0].rule


def test_a_facility_comes_back_as_it_was(store: Store) -> None:
    store.write(lambda connection: facilities.add_facility(connection, FACILITY, NOW))
    with store.read() as connection:
        assert facilities.get_facility(connection, "01001") == FACILITY
        assert facilities.get_facility(connection, "02002") is None
        assert facilities.list_facilities(connection) == [FACILITY]


def test_a_facility_is_added_once_and_replaced_on_purpose(store: Store) -> None:
    store.write(lambda connection: facilities.add_facility(connection, FACILITY, NOW))
    other = replace(FACILITY, name="Other")
    assert refused(store, lambda connection: facilities.add_facility(connection, other, NOW)) == "facility-exists"
    with store.read() as connection:
        assert facilities.get_facility(connection, "01001") == FACILITY
    store.write(lambda connection: facilities.replace_facility(connection, other))
    with store.read() as connection:
        assert facilities.get_facility(connection, "01001") == other
    unknown = replace(FACILITY, code="9")
    assert refused(store, lambda connection: facilities.replace_facility(connection, unknown)) == "facility-unknown"


def test_a_client_belongs_to_a_registered_facility(store: Store) -> None:
    assert refused(store, lambda connection: facilities.add_client(connection, CLIENT, NOW)) == "store-row-conflict"
    store.write(lambda connection: facilities.add_facility(connection, FACILITY, NOW))
    store.write(lambda connection: facilities.add_client(connection, CLIENT, NOW))
    assert refused(store, lambda connection: facilities.add_client(connection, CLIENT, NOW)) == "client-exists"
    with store.read() as connection:
        assert facilities.get_client(connection, "c1") == CLIENT
        assert facilities.get_client(connection, "c2") is None
        assert facilities.list_clients(connection) == facilities.list_clients(connection, "01001") == [CLIENT]
        assert facilities.list_clients(connection, "02002") == []


def test_a_recipient_comes_back_with_its_private_key_kept_apart_from_its_record(store: Store) -> None:
    store.write(lambda connection: facilities.add_recipient(connection, RECIPIENT, NOW))
    assert refused(store, lambda connection: facilities.add_recipient(connection, RECIPIENT, NOW)) == "recipient-exists"
    with store.read() as connection:
        assert facilities.get_recipient(connection, "north") == RECIPIENT
        assert facilities.list_recipients(connection) == [RECIPIENT]
        assert facilities.get_recipient(connection, "south") is None
        assert "secret" not in connection.exec_driver_sql("SELECT record FROM recipient").scalar_one()


def test_a_subscription_is_active_from_its_beginning_until_its_end(store: Store) -> None:
    add = facilities.add_subscription
    assert refused(store, lambda connection: add(connection, SUBSCRIPTION, NOW)) == "recipient-unknown"
    store.write(lambda connection: facilities.add_recipient(connection, RECIPIENT, NOW))
    begun = store.write(lambda connection: add(connection, SUBSCRIPTION, NOW))
    assert begun == replace(SUBSCRIPTION, since=NOW)
    assert refused(store, lambda connection: add(connection, SUBSCRIPTION, NOW)) == "subscription-exists"
    end = facilities.end_subscription
    ended = store.write(lambda connection: end(connection, "s1", NOW + HOUR))
    assert store.write(lambda connection: end(connection, "s1", NOW + 2 * HOUR)) == ended
    assert refused(store, lambda connection: end(connection, "s2", NOW)) == "subscription-unknown"
    with store.read() as connection:
        active = facilities.list_subscriptions
        assert active(connection) == [ended]
        assert active(connection, NOW - HOUR) == []
        assert active(connection, NOW) == [ended]
        assert active(connection, NOW + HOUR) == []


def test_a_key_comes_back_as_it_was(store: Store) -> None:
    store.write(lambda connection: keys.add_key(connection, KEY))
    assert refused(store, lambda connection: keys.add_key(connection, KEY)) == "key-exists"
    with store.read() as connection:
        assert keys.find_key(connection, "k1") == keys.active_key(connection, "01001") == KEY
        assert keys.find_key(connection, "k2") is None
        assert keys.active_key(connection, "02002") is None


def test_a_new_active_key_takes_over_and_the_former_stays_to_verify_with(store: Store) -> None:
    other = replace(KEY, kid="o1", facility="02002")
    later = replace(KEY, kid="k2", valid_from=NOW + HOUR)
    for key in (KEY, other, later):
        store.write(partial(keys.add_key, key=key))
    with store.read() as connection:
        assert keys.active_key(connection, "01001") == later
        assert keys.active_key(connection, "02002") == other
        assert keys.list_keys(connection, "01001") == [replace(KEY, active=False), later]
        assert [key.kid for key in keys.list_keys(connection)] == ["k1", "k2", "o1"]


def test_a_certificate_alone_takes_over_nothing(store: Store) -> None:
    store.write(lambda connection: keys.add_key(connection, KEY))
    store.write(lambda connection: keys.add_key(connection, replace(KEY, kid="k2", private_pem="", active=False)))
    with store.read() as connection:
        assert keys.active_key(connection, "01001") == KEY


def test_a_revoked_key_signs_no_more_and_keeps_its_first_date(store: Store) -> None:
    store.write(lambda connection: keys.add_key(connection, KEY))
    store.write(lambda connection: keys.revoke_key(connection, "k1", NOW, "lost"))
    store.write(lambda connection: keys.revoke_key(connection, "k1", NOW + HOUR, "again"))
    with store.read() as connection:
        assert keys.active_key(connection, "01001") is None
        assert keys.list_keys(connection) == [replace(KEY, revoked_at=NOW, reason="lost", active=False)]
    assert refused(store, lambda connection: keys.revoke_key(connection, "k9", NOW, "")) == "key-unknown"


def test_a_newer_trust_file_replaces_the_older(store: Store) -> None:
    store.write(lambda connection: keys.import_trust(connection, "north", {"date": "1"}, NOW))
    store.write(lambda connection: keys.import_trust(connection, "north", {"date": "2"}, NOW))
    store.write(lambda connection: keys.import_trust(connection, "south", {}, NOW))
    with store.read() as connection:
        assert keys.list_trust(connection) == {"north": {"date": "2"}, "south": {}}


@pytest.fixture
def registered(store: Store) -> Store:
    store.write(lambda connection: facilities.add_facility(connection, FACILITY, NOW))
    store.write(lambda connection: facilities.add_client(connection, CLIENT, NOW))
    return store


def test_a_token_is_found_until_it_expires(registered: Store) -> None:
    token = StoredToken("ab", "c1", ("system/*.rs", "system/Bundle.c"), NOW + HOUR)
    registered.write(lambda connection: tokens.add_token(connection, token))
    with registered.read() as connection:
        assert tokens.find_token(connection, "ab", NOW) == (token, CLIENT)
        assert tokens.find_token(connection, "ab", NOW + HOUR) is None
        assert tokens.find_token(connection, "cd", NOW) is None


def test_an_assertion_is_used_once_by_its_client(registered: Store) -> None:
    def use(client: str = "c1", jti: str = "j1", hours: int = 0) -> bool:
        return registered.write(
            lambda connection: tokens.use_assertion(connection, client, jti, NOW + HOUR, NOW + hours * HOUR)
        )

    assert use()
    assert not use()
    assert use(jti="j2")
    assert use(client="c2")
    assert use(hours=2)  # after its own exp, which refuses it before it comes here


def test_what_has_expired_is_forgotten_and_the_rest_is_not(registered: Store) -> None:
    for name, hours in (("old", 1), ("new", 3)):
        token = StoredToken(name, "c1", ("a",), NOW + hours * HOUR)
        registered.write(partial(tokens.add_token, token=token))
        until = NOW + hours * HOUR
        registered.write(partial(tokens.use_assertion, client_id="c1", jti=name, expires=until, now=NOW))
    assert registered.write(lambda connection: tokens.purge_expired(connection, NOW + 2 * HOUR)) == 2
    with registered.read() as connection:
        assert tokens.find_token(connection, "new", NOW) is not None
        assert tokens.find_token(connection, "old", NOW) is None
    later = NOW + 3 * HOUR
    assert not registered.write(lambda c: tokens.use_assertion(c, "c1", "new", later, NOW + 2 * HOUR))
