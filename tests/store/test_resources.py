"""Versions: ordered by the source's own time, owned by one facility, served with their digits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import Conflict
from gateway.jsontext import Number, dumps, loads
from gateway.store import Store
from gateway.store.resources import (
    KeptVersion,
    current,
    history,
    keep_version,
    subject_of,
    version,
)
from tests.store.conftest import NOW, add_exchange

HOUR = timedelta(hours=1)


def observation(value: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o1", "valueQuantity": {"value": Number(value)}, **more}


def keep(store: Store, made: dict[str, Any], hours: int = 0, exchange: str = "x1", **more: Any) -> KeptVersion:
    """Keep one resource that came in an exchange of its own, with a result time ``hours`` from NOW."""
    return store.write(
        lambda connection: keep_version(
            connection,
            add_exchange(connection, exchange),
            more.get("facility", "01001"),
            made,
            NOW + hours * HOUR,
            NOW + more.get("arrived", 0) * HOUR,
            sensitive=more.get("sensitive", False),
        )
    )


def shown(store: Store) -> str:
    with store.read() as connection:
        found = current(connection, "Observation", "o1")
    assert found is not None
    value = found.resource()["valueQuantity"]["value"]
    return str(value.token)


def test_a_first_version_is_current(store: Store) -> None:
    kept = keep(store, observation("5.10"))
    assert (kept.vid, kept.is_current, kept.changed) == (1, True, True)
    assert shown(store) == "5.10"


def test_what_is_served_names_its_version_and_keeps_every_digit(store: Store) -> None:
    keep(store, observation("5.10", meta={"versionId": "9", "source": "theirs", "profile": ["http://p"]}))
    with store.read() as connection:
        found = current(connection, "Observation", "o1")
    assert found is not None
    assert found.content() == (
        b'{"resourceType":"Observation","id":"o1","meta":{"versionId":"1",'
        b'"lastUpdated":"2026-11-22T03:04:05.678Z","source":"urn:uuid:x1","profile":["http://p"]},"valueQuantity":{"value":5.10}}'
    )
    assert b"versionId" not in found.body


def test_a_resource_without_meta_gets_one(store: Store) -> None:
    keep(store, {"id": "p1", "resourceType": "Patient"})
    with store.read() as connection:
        found = current(connection, "Patient", "p1")
    assert found is not None
    assert loads(found.content()) == {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-22T03:04:05.678Z", "source": "urn:uuid:x1"},
    }


def test_a_newer_result_becomes_current_and_the_older_stays_readable(store: Store) -> None:
    keep(store, observation("5.1"))
    kept = keep(store, observation("5.2"), 1, "x2")
    assert (kept.vid, kept.is_current) == (2, True)
    assert shown(store) == "5.2"
    with store.read() as connection:
        first = version(connection, "Observation", "o1", 1)
        assert first is not None
        assert first.resource()["valueQuantity"]["value"] == Number("5.1")
        assert version(connection, "Observation", "o1", 3) is None


def test_a_late_older_result_is_kept_but_never_current(store: Store) -> None:
    keep(store, observation("5.2"), 1)
    kept = keep(store, observation("5.1"), 0, "x2")
    assert (kept.vid, kept.is_current, kept.changed) == (2, False, True)
    assert shown(store) == "5.2"
    with store.read() as connection:
        assert [one.vid for one in history(connection, "Observation", "o1")] == [1, 2]


def test_of_two_results_with_one_time_the_later_arrival_is_current(store: Store) -> None:
    keep(store, observation("5.1"))
    assert keep(store, observation("5.2"), 0, "x2").is_current
    assert shown(store) == "5.2"


def test_the_same_again_adds_no_version(store: Store) -> None:
    keep(store, observation("5.1"))
    kept = keep(store, observation("5.1", meta={"versionId": "7"}), 0, "x2")
    assert (kept.vid, kept.is_current, kept.changed) == (1, True, False)
    with store.read() as connection:
        assert len(history(connection, "Observation", "o1")) == 1


def test_another_digit_of_precision_is_another_version(store: Store) -> None:
    keep(store, observation("5.1"))
    assert keep(store, observation("5.10"), 0, "x2").changed


def test_an_older_version_said_again_with_its_own_time_changes_nothing(store: Store) -> None:
    keep(store, observation("5.1"))
    keep(store, observation("5.2"), 1, "x2")
    kept = keep(store, observation("5.1"), 0, "x3")
    assert (kept.vid, kept.is_current, kept.changed) == (1, False, False)
    assert shown(store) == "5.2"


def test_a_value_corrected_back_is_a_new_version(store: Store) -> None:
    keep(store, observation("5.1"))
    keep(store, observation("5.2"), 1, "x2")
    assert keep(store, observation("5.1"), 2, "x3").vid == 3
    assert shown(store) == "5.1"


def test_a_value_confirmed_later_outranks_a_late_one_from_between(store: Store) -> None:
    keep(store, observation("5.1"), 0)
    keep(store, observation("5.1"), 2, "x2")
    assert not keep(store, observation("5.2"), 1, "x3").is_current
    assert shown(store) == "5.1"


def test_another_facilitys_id_is_refused_and_nothing_of_it_kept(store: Store) -> None:
    keep(store, observation("5.1"))
    with pytest.raises(Conflict) as refused:
        keep(store, observation("9.9"), 1, "x2", facility="02002")
    assert refused.value.issues[0].rule == "resource-of-another-facility"
    assert shown(store) == "5.1"


def test_a_sensitive_resource_is_read_only_when_asked_for(store: Store) -> None:
    keep(store, observation("5.1"), sensitive=True)
    with store.read() as connection:
        assert current(connection, "Observation", "o1") is None
        assert version(connection, "Observation", "o1", 1) is None
        assert history(connection, "Observation", "o1") == []
        assert current(connection, "Observation", "o1", sensitive=True) is not None


def test_once_sensitive_always_sensitive(store: Store) -> None:
    keep(store, observation("5.1"))
    keep(store, observation("5.1"), 0, "x2", sensitive=True)
    keep(store, observation("5.2"), 1, "x3", sensitive=False)
    with store.read() as connection:
        assert current(connection, "Observation", "o1") is None


def test_a_result_knows_its_patient(store: Store) -> None:
    patient = keep(store, {"resourceType": "Patient", "id": "p1"}).resource_rid
    result = keep(store, observation("5.1", subject={"reference": "Patient/p1"}), 0, "x2").resource_rid
    cover = {"resourceType": "Coverage", "id": "c1", "beneficiary": {"reference": "Patient/p1"}}
    coverage = keep(store, cover, 0, "x3").resource_rid
    unknown = keep(store, {**cover, "id": "c2", "beneficiary": {"reference": "Patient/p9"}}, 0, "x4").resource_rid
    with store.read() as connection:
        assert [subject_of(connection, rid) for rid in (patient, result, coverage, unknown)] == [
            patient,
            patient,
            patient,
            None,
        ]


def test_the_digits_in_the_database_are_the_digits_that_came(store: Store) -> None:
    for position, token in enumerate(("1E2", "1.50e2", "0.0", "-0", "100", "1.000000000000000000001")):
        made = loads(
            b'{"resourceType":"Observation","id":"o%d","valueQuantity":{"value":%s}}' % (position, token.encode())
        )
        keep(store, made, 0, f"x{position}")
        with store.read() as connection:
            found = current(connection, "Observation", f"o{position}")
        assert found is not None
        assert found.body == dumps(made)
