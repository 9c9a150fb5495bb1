"""Who reused a result hears of its correction: raised with it, told once, delivered, acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gateway.bundle import CCCD
from gateway.facility import Recipient, Subscription
from gateway.r4 import check
from gateway.reused.alert import communication
from gateway.reused.telling import Telling
from gateway.simulator.identity import new_identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.store import alerts, deliveries, exchanges, facilities
from gateway.store.alerts import Alert
from gateway.transport import Transport
from gateway.worker import Worker
from tests.cds.his import His, request
from tests.prior.laboratory import CITIZEN, told
from tests.rest.world import HOME, NOW
from tests.reused.doctor import accept, card_of, corrected, found, raised, recorded, shown


class Killed(BaseException):
    """The process ends here."""


def telling(his: His) -> Telling:
    parts = his.world.parts
    return Telling(parts.store, parts.keyring, parts.settings, his.world.clock)


def worker(his: His) -> Worker:
    parts = his.world.parts
    transport = Transport(parts.settings, his.world.clock, parts.keyring.opened)
    return Worker(parts.store, transport, parts.settings, his.world.clock, raised=telling(his))


@pytest.fixture
def listening() -> Iterator[Callable[..., SimulatedRecipient]]:
    """Starts the hospital's own receiving software."""
    with ExitStack() as stack:

        def start(his: His, *script: str, facility: str = HOME) -> SimulatedRecipient:
            identity = new_identity("79099", "Phần mềm bệnh viện Thử", now=NOW)
            made = SimulatedRecipient(identity=identity, now=his.world.clock)
            made.messages.follow(*script)
            stack.enter_context(made)
            sealed = his.world.parts.keyring.sealed(identity.client_jwk)
            recipient = Recipient(
                "his", made.url, identity.trust(NOW).as_json(), identity.client_id, sealed, facility, "treatment"
            )
            his.world.parts.store.write(lambda connection: facilities.add_recipient(connection, recipient, NOW))
            return made

        yield start


def reused(his: His) -> None:
    assert accept(his, shown(his)).status_code == 200


def test_a_correction_raises_one_alert_with_it_and_tells_it_once(his: His) -> None:
    reused(his)
    corrected(his)
    (alert,) = raised(his)
    assert (alert.facility, alert.cause, alert.before, alert.after, alert.exchange) == (HOME, "corrected", 1, 2, "")
    assert [telling(his)(), telling(his)()] == [1, 0]
    (made,) = found(his, "Communication?category=alert")
    assert check({key: value for key, value in made.items() if key != "meta"}) == []
    assert made["about"][:2] == [{"reference": f"{alert.result}/_history/{version}"} for version in (2, 1)]
    assert made["recipient"][0]["identifier"]["value"] == HOME
    vi, en = (one["contentString"] for one in made["payload"])
    assert "CẢNH BÁO" in vi
    assert "6.10 %" in vi
    assert "Relied on: 6.10 %. Now: 9.90 %." in en
    (one,) = recorded(his)
    assert {"reference": f"Provenance/{one.id}"} in made["about"]
    assert found(his, f"Communication?patient.identifier={CCCD}|{CITIZEN}") == [made]
    assert "9.90" not in str(his.world.audit_lines())


def test_what_is_said_again_without_a_change_alerts_nobody(his: His) -> None:
    reused(his)
    told(his.world, facility="01001", days_ago=3, sent=his.world.clock())
    assert raised(his) == []


def test_what_nobody_reused_alerts_nobody(his: His) -> None:
    shown(his)
    corrected(his)
    assert raised(his) == []


def test_a_withdrawn_result_says_so(his: His) -> None:
    reused(his)
    corrected(his, value="", status="W", order_status="C")
    assert [one.cause for one in raised(his)] == ["withdrawn"]


def test_each_correction_is_an_alert_of_its_own(his: His) -> None:
    reused(his)
    corrected(his)
    his.world.clock.forward(hours=1)
    corrected(his, value="5.50")
    assert [(one.before, one.after) for one in raised(his)] == [(1, 2), (1, 3)]
    assert telling(his)() == 2


def test_every_order_that_the_result_stands_for_is_told_of(his: His) -> None:
    reused(his)
    assert accept(his, card_of(his, request("draft-2"))).status_code == 200
    corrected(his)
    assert sorted(one.order[1] for one in raised(his)) == ["draft-1", "draft-2"]


def test_a_revoked_signer_is_told_of_once(his: His) -> None:
    reused(his)
    (one,) = recorded(his)
    his.world.parts.keyring.revoke(one.kid, "stolen", actor="test")
    his.world.parts.store.write(lambda connection: alerts.raise_revoked(connection, [one.kid], NOW))
    assert [each.cause for each in raised(his)] == ["signer"]
    assert telling(his)() == 1


def test_a_patient_who_bears_another_number_now_is_told_of(his: His) -> None:
    reused(his)
    told(his.world, "7", facility="01001", days_ago=1, cccd="001090000002", loinc="718-7", code="HB", value="130")
    assert [one.cause for one in raised(his)] == ["identity"]


def test_a_patient_whose_number_another_claims_is_told_of(his: His) -> None:
    reused(his)
    told(his.world, "8", facility=HOME, days_ago=1, loinc="718-7", code="HB", value="130", name="TRẦN^VĂN C")
    assert [one.cause for one in raised(his)] == ["identity"]


@pytest.mark.parametrize("dies", ["told", "untold"])
def test_a_worker_killed_while_it_tells_leaves_the_alert_to_the_next(
    his: His, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    reused(his)
    corrected(his)

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(alerts, dies, killed)
        with pytest.raises(BaseException):  # noqa: B017  # as the writer tells it
            telling(his)()
    assert found(his, "Communication?category=alert") == []
    assert telling(his)() == 1
    assert len(found(his, "Communication?category=alert")) == 1


def test_a_correction_that_is_not_kept_raises_nothing(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    reused(his)

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("gateway.intake.vocabulary.see", killed)
        with pytest.raises((Killed, AssertionError)):
            corrected(his)
    assert raised(his) == []
    corrected(his)
    assert len(raised(his)) == 1


def test_two_workers_tell_an_alert_once(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    reused(his)
    corrected(his)
    first, second = telling(his), telling(his)
    untold = alerts.untold

    def late(*arguments: Any, **named: Any) -> Any:
        waiting = untold(*arguments, **named)
        monkeypatch.undo()
        assert first() == 1
        return waiting

    monkeypatch.setattr(alerts, "untold", late)
    assert second() == 0
    assert len(found(his, "Communication?category=alert")) == 1


def test_it_is_delivered_to_the_software_of_the_facility_and_retried(
    his: His, listening: Callable[..., SimulatedRecipient]
) -> None:
    receiving = listening(his, "status:503")
    reused(his)
    corrected(his)
    assert worker(his).drain() == 1
    his.world.clock.forward(hours=2)
    assert worker(his).drain() == 1
    (alert,) = raised(his)
    shown_now = his.world.get(f"/exchanges/{alert.exchange}").json
    assert shown_now is not None
    assert [(one["recipient"], one["status"]) for one in shown_now["deliveries"]] == [("his", "completed")]
    assert [one.path for one in receiving.seen].count("/fhir/$process-message") == 2


def test_another_facilitys_software_and_its_ordinary_subscribers_hear_nothing(
    his: His, listening: Callable[..., SimulatedRecipient]
) -> None:
    listening(his, facility="01001")
    ordinary = Subscription("", "his", "treatment", facility=HOME)
    his.world.parts.store.write(lambda connection: facilities.add_subscription(connection, ordinary, NOW))
    reused(his)
    corrected(his)
    assert telling(his)() == 1
    (alert,) = raised(his)
    assert his.world.get(f"/exchanges/{alert.exchange}").json["deliveries"] == []  # type: ignore[index]  # it is JSON


def test_a_gateway_without_a_key_says_so_and_keeps_the_alert(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    reused(his)
    corrected(his)
    with monkeypatch.context() as patched:
        patched.setattr(type(his.world.parts.keyring), "signer", lambda *_: 1 / 0)
        assert telling(his)() == 0
    assert telling(his)() == 1


def test_alerts_that_cannot_be_told_keep_none_of_the_others_back(his: His, monkeypatch: pytest.MonkeyPatch) -> None:
    reused(his)
    assert accept(his, card_of(his, request("draft-2"))).status_code == 200
    corrected(his)
    first, _ = raised(his)
    written = communication

    def faulty(one: Alert, *versions: Any) -> Any:
        return 1 / 0 if one.id == first.id else written(one, *versions)

    with monkeypatch.context() as patched:
        patched.setattr("gateway.reused.telling.communication", faulty)
        patched.setattr("gateway.reused.telling._MOST", 1)
        assert telling(his)() == 1
    assert [bool(one.exchange) for one in raised(his)] == [False, True]
    assert telling(his)() == 1


def test_an_alert_whose_order_number_says_what_the_law_keeps_apart_is_raised_and_delivered_to_nobody(
    his: His, listening: Callable[..., SimulatedRecipient]
) -> None:
    listening(his)
    number = {"system": "https://his.example/orders", "value": "HIV-2026-1"}
    assert accept(his, shown(his, request(identifier=[number]))).status_code == 200
    corrected(his)
    assert [telling(his)(), telling(his)()] == [1, 0]
    (alert,) = raised(his)
    assert alert.exchange
    with his.world.parts.store.read() as connection:
        rid = exchanges.rid_of(connection, alert.exchange)
        assert rid is not None
        assert deliveries.for_exchange(connection, rid) == []
    assert found(his, "Communication?category=alert") == []
