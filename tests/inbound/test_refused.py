"""A message that cannot be believed or kept gets a signed fatal-error, and leaves nothing behind but an audit line."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

import pytest

from gateway.bundle import Resource, body
from gateway.errors import Conflict, PayloadError, SettingsError, StoreUnavailable
from gateway.facility import Facility
from gateway.inbound import Inbound
from gateway.jsontext import Number, loads
from gateway.store import Connection, facilities, open_store
from gateway.trust import trustfile
from gateway.trust.authority import issue
from gateway.trust.trustfile import TrustFile
from tests.inbound.world import World, code
from tests.sender import NOW, Sender, a_sender, patient_id

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def changed(message: Resource, path: Path) -> bytes:
    """The message with one leaf another one, of the same kind."""
    made = copy.deepcopy(message)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = _other(place[path[-1]])
    return body(made)


def _other(value: Any) -> Any:
    if isinstance(value, Number):
        return Number(value.token + "0")
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("1" if value[-1] != "1" else "2")


def sampled() -> list[Path]:
    """A dozen leaves and more, spread over the whole of a message."""
    message = a_sender().message()
    every = [path for path in leaves(message) if not _names_the_form(path, message)]
    step = max(1, len(every) // 16)
    return every[::step]


def _names_the_form(path: Path, message: Resource) -> bool:
    """What makes it a signed message at all: changed, there is nothing to give a receipt for (below)."""
    last = len(message["entry"]) - 1
    return (
        path[:2] == ("entry", last)
        or path[-1] in ("resourceType", "type", "id", "fullUrl", "reference")
        or (path[:3] == ("entry", 0, "resource"))
    )


@pytest.mark.parametrize("path", sampled(), ids=lambda path: ".".join(map(str, path)))
def test_a_field_changed_in_transit_is_fatal_and_nothing_is_stored(receiver: World, lab: Sender, path: Path) -> None:
    told = receiver.refused(changed(lab.message(), path))
    assert told[0].startswith("signature-")
    assert receiver.current() is None


@pytest.mark.parametrize("path", sampled(), ids=lambda path: ".".join(map(str, path)))
def test_it_is_as_fatal_when_the_true_message_came_before(receiver: World, lab: Sender, path: Path) -> None:
    assert code(receiver.accept(lab.sent())) == "ok"
    told = receiver.refused(changed(lab.message(), path))
    assert told


def test_a_trailing_zero_changed_in_transit_is_fatal_on_both_databases(world: World, lab: Sender) -> None:
    assert world.refused(lab.sent().replace(b"5.10", b"5.1")) == ["signature-digits-differ"]


def test_no_leaf_at_all_can_be_changed_and_still_get_ok(receiver: World, lab: Sender) -> None:
    """Every leaf, the form's too: either there is no receipt, or it says fatal-error."""
    message = lab.message()
    before = receiver.content()
    tried = 0
    for path in leaves(message):
        with suppress(PayloadError):
            told = receiver.inbound.accept(changed(message, path), actor="province")
            assert code(loads(told)) == "fatal-error", path
        tried += 1
    assert tried > 40
    assert receiver.content() == before


# ---- whose key ------------------------------------------------------------------------


def test_no_trust_imported_is_no_belief(world: World) -> None:
    stranger = a_sender("01001")
    assert world.refused(stranger.sent())


def test_a_key_of_an_authority_nobody_imported_is_refused(world: World, lab: Sender) -> None:
    impostor = a_sender()  # the same facility code, another authority
    assert impostor.authority.kid != lab.authority.kid
    assert world.refused(impostor.sent())
    assert world.current() is None


def test_a_trusted_key_cannot_sign_for_another_facility(world: World, lab: Sender) -> None:
    other = a_sender("01001")
    world.believe(other.trust(), "other")
    assert world.refused(other.sent(by=lab.key)) == ["trust-wrong-facility"]


def test_a_key_bound_to_one_facility_cannot_send_as_another_of_the_same_authority(world: World, lab: Sender) -> None:
    branch = issue(lab.authority, facility="79002", name="Chi nhánh", now=NOW)
    world.believe(trustfile.of_keys([lab.key, branch], date=NOW))
    forged = Sender("79002", lab.authority, lab.key)  # signs in the branch's name with the laboratory's key
    assert world.refused(forged.sent())


def test_nobody_elses_trust_file_speaks_for_a_facility_that_signs_here(world: World) -> None:
    impostor = a_sender("79900")  # our own facility's code
    with pytest.raises(Conflict) as refused:
        world.believe(impostor.trust(), "impostor")
    assert refused.value.issues[0].rule == "trust-facility-ours"
    assert world.refused(impostor.sent())
    world.believe(world.keyring.public_trust(), "ourselves")  # the same keys are nothing new


def test_a_revoked_key_is_refused(world: World, lab: Sender) -> None:
    revocation = trustfile.Revocation(lab.key.kid, NOW - timedelta(hours=1), "stolen")
    trust = lab.trust()
    world.believe(TrustFile(trust.date, trust.authorities, trust.bindings, (revocation,)))
    assert world.refused(lab.sent()) == ["trust-revoked"]


def test_an_expired_key_is_refused(world: World, lab: Sender) -> None:
    world.clock.at = lab.key.valid_to + timedelta(days=1)
    world.keyring.issue("79900", "Bệnh viện thành phố", actor="test")  # our own would have run out too
    assert world.refused(lab.sent())
    assert world.current() is None


def test_a_message_dated_ahead_of_us_is_not_taken_until_that_time_has_come(world: World, lab: Sender) -> None:
    """Their clock or ours is wrong: to say so for good would lose what only came too early."""
    early = lab.sent(at=NOW + timedelta(days=2))
    before = world.content()
    assert code(world.accept(early)) == "transient-error"
    assert world.content() == before
    world.clock.at = NOW + timedelta(days=2)
    assert code(world.accept(early)) == "ok"


def test_a_refused_message_is_taken_once_its_sender_is_believed(world: World) -> None:
    other = a_sender("01001")
    assert world.refused(other.sent())
    world.believe(other.trust(), "other")
    assert code(world.accept(other.sent())) == "ok"


# ---- what was signed but is not right -------------------------------------------------


def test_a_signed_message_that_is_not_fhir_is_refused_with_the_reasons(world: World, lab: Sender) -> None:
    def spoil(made: list[Resource]) -> None:
        made[1]["status"] = "quite final"
        made[1]["code"] = "Glucose"

    told = world.refused(lab.sent(change=spoil))
    assert told
    assert all(rule.startswith("r4-") for rule in told)


def drop_id(made: Resource) -> None:
    del made["entry"][2]["resource"]["id"]


def one_id_twice(made: Resource) -> None:
    again = copy.deepcopy(made["entry"][2])
    again["fullUrl"] = f"urn:uuid:{patient_id('01001')}"
    made["entry"].append(again)


def id_of_another_entry(made: Resource) -> None:
    made["entry"][2]["resource"]["id"] = patient_id("01001")


def impossible_time(made: Resource) -> None:
    made["entry"][2]["resource"]["issued"] = "2026-02-30T00:00:00Z"


def no_such_type(made: Resource) -> None:
    made["entry"][2]["resource"]["resourceType"] = "Result"


def no_type(made: Resource) -> None:
    del made["entry"][2]["resource"]["resourceType"]


def odd_header_id(made: Resource) -> None:
    made["entry"][0]["resource"]["id"] = "not an id at all"


def subject_elsewhere(made: Resource) -> None:
    made["entry"][2]["resource"]["subject"] = {"reference": f"urn:uuid:{patient_id('01001')}"}


def list_for_meta(made: Resource) -> None:
    made["entry"][2]["resource"]["meta"] = []


def list_for_category(made: Resource) -> None:
    made["entry"][1]["resource"]["identifier"] = {"system": "x"}


@pytest.mark.parametrize(
    "change",
    [
        drop_id, one_id_twice, id_of_another_entry, impossible_time, no_such_type, no_type,
        odd_header_id, subject_elsewhere, list_for_meta, list_for_category,
    ],
)  # fmt: skip
def test_a_sloppy_but_trusted_sender_gets_a_receipt_and_never_a_crash(
    receiver: World, lab: Sender, change: Callable[[Resource], None]
) -> None:
    assert receiver.refused(lab.sent(change_bundle=change))


# ---- our own trouble ------------------------------------------------------------------


def test_without_a_database_the_sender_is_told_to_come_again(world: World, lab: Sender, tmp_path: FilePath) -> None:
    server, _, name = world.settings.url.rpartition("/")
    empty = f"sqlite:///{tmp_path / 'empty'}"  # a file without tables is as good as none
    gone = open_store(f"{server}/no_{name}" if server.startswith("postgresql") else empty)
    try:
        with pytest.raises(StoreUnavailable):
            Inbound(gone, world.settings, world.clock, world.keyring).accept(lab.sent(), actor="province")
    finally:
        gone.close()


def test_what_cannot_be_written_in_full_is_not_acknowledged_and_leaves_nothing(world: World, lab: Sender) -> None:
    """The audit line is the last thing written: without it there is no exchange either."""
    rename(world, "audit_event", "away")
    with pytest.raises(StoreUnavailable):
        world.inbound.accept(lab.sent(), actor="province")
    rename(world, "away", "audit_event")
    assert world.content()["exchange"] == 0
    assert world.content()["inbound"] == 0
    assert world.current() is None
    assert code(world.accept(lab.sent())) == "ok"


def rename(world: World, table: str, to: str) -> None:
    def work(connection: Connection) -> None:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {to}")

    world.store.write(work)


def test_a_gateway_that_cannot_sign_receipts_is_in_trouble_not_the_sender(receiver: World, lab: Sender) -> None:
    """A 4xx would make the sender give up for ever."""

    def forget(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM facility")

    receiver.store.write(forget)
    with pytest.raises(SettingsError) as told:
        receiver.inbound.accept(lab.sent(), actor="province")
    assert told.value.status >= 500
    assert receiver.current() is None
    receiver.store.write(lambda connection: facilities.add_facility(connection, Facility("79900"), NOW))
    assert code(receiver.accept(lab.sent())) == "ok"
