"""An accepted suggestion becomes a recorded reuse: once, of that version, signed, and only where it still holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gateway.jsontext import loads
from gateway.r4 import check
from tests.cds.his import His, request
from tests.prior.laboratory import told
from tests.rest.world import HOME, rule
from tests.reused.doctor import accept, accepted, card_of, corrected, found, raised, recorded, shown

ORDER = {"system": "https://his.example/orders", "value": "CD-2026-1"}


def test_an_accepted_card_is_a_reuse_of_the_version_that_was_shown(his: His) -> None:
    card = shown(his)
    assert accept(his, card).status_code == 200
    (one,) = recorded(his)
    filed = card["suggestions"][0]["actions"][1]["resource"]["meta"]["source"]
    assert filed.endswith(f"/fhir/{one.result}/_history/{one.version}")
    assert (one.facility, one.client_id, one.practitioner) == (HOME, "https://his.example", "Practitioner/bs-1")
    assert (one.order, one.basis, one.test_group) == ((f"urn:vn:cskcb:{HOME}:order", "draft-1"), "treatment", "hba1c")
    assert raised(his) == []


def test_the_provenance_on_the_order_is_valid_found_and_signed_by_the_facility(his: His) -> None:
    accept(his, shown(his, request(identifier=[ORDER])))
    (one,) = recorded(his)
    (made,) = found(his, f"Provenance?entity={one.result}")
    assert [made] == found(his, f"Provenance?target:identifier={ORDER['system']}|{ORDER['value']}")
    assert check({key: value for key, value in made.items() if key != "meta"}) == []
    assert made["target"] == [{"type": "ServiceRequest", "identifier": ORDER}]
    assert made["entity"][0]["role"] == "source"
    assert made["entity"][0]["what"]["reference"] == f"{one.result}/_history/{one.version}"
    assert made["agent"][0]["onBehalfOf"]["identifier"]["value"] == HOME
    assert made["reason"][0]["text"] == "treatment"
    exchange = made["meta"]["source"].removeprefix("urn:uuid:")
    evidence = his.world.get(f"/exchanges/{exchange}/evidence")
    assert evidence.status_code == 200, evidence.text
    assert "6.10" not in str(loads(evidence.data))


def test_the_same_acceptance_twice_is_one_reuse(his: His) -> None:
    card = shown(his)
    answers = [his.feedback(accepted(card), accepted(card)).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert len(recorded(his)) == 1
    (one,) = recorded(his)
    assert len(found(his, f"Provenance?entity={one.result}")) == 1
    assert [line.action for line in his.world.audit_lines()].count("reuse-accepted") == 1
    assert 'gateway_reuse_acceptances_total{outcome="recorded"} 1.0' in his.metrics()


def test_what_was_corrected_before_it_was_accepted_is_no_reuse_and_its_facility_is_alerted(his: His) -> None:
    card = shown(his)
    corrected(his)
    for _ in range(2):
        answer = accept(his, card)
        assert (answer.status_code, rule(answer)) == (409, "reuse-another-version")
        assert loads(answer.data)["issue"][0]["expression"] == ["feedback[0]"]
    assert recorded(his) == []
    (alert,) = raised(his)
    assert (alert.facility, alert.cause, alert.before, alert.after) == (HOME, "not-reuse", 1, 2)
    assert 'gateway_reuse_acceptances_total{outcome="refused"} 1.0' in his.metrics()


def test_an_acceptance_told_again_at_another_time_is_neither_another_reuse_nor_another_alert(his: His) -> None:
    later = {"outcomeTimestamp": "2026-11-22T03:06:00Z"}
    kept, dropped = shown(his), card_of(his, request("draft-2"))
    assert his.feedback(accepted(kept), accepted(kept) | later).status_code == 200
    corrected(his)
    for changed in ({}, later):
        assert his.feedback(accepted(dropped) | changed).status_code == 409
    assert [one.order[1] for one in recorded(his)] == ["draft-1"]
    assert [one.order[1] for one in raised(his) if one.cause == "not-reuse"] == ["draft-2"]
    told_of = [line for line in his.metrics().splitlines() if line.startswith("gateway_reuse_acceptances_total")]
    assert told_of == [f'gateway_reuse_acceptances_total{{outcome="{one}"}} 1.0' for one in ("recorded", "refused")]


def test_what_has_grown_too_old_meanwhile_is_refused_with_the_reasons(his: His) -> None:
    card = shown(his)
    his.world.clock.forward(days=400)
    answer = accept(his, card)
    assert (answer.status_code, rule(answer)) == (409, "reuse-not-any-more")
    assert "reuse-window-passed" in answer.text
    assert recorded(his) == []


def test_a_newer_result_takes_the_place_of_the_one_that_was_shown(his: His) -> None:
    card = shown(his)
    told(his.world, "2", facility="01001", days_ago=1)
    assert rule(accept(his, card)) == "reuse-another-result"


def test_one_refused_acceptance_does_not_undo_the_others(his: His) -> None:
    card = shown(his)
    second = card_of(his, request("draft-2"))
    corrected(his)
    third = card_of(his, request("draft-3"))
    answer = his.feedback(accepted(card), accepted(third), accepted(second))
    assert answer.status_code == 409
    assert [issue["expression"] for issue in loads(answer.data)["issue"]] == [["feedback[0]"], ["feedback[2]"]]
    assert [one.order[1] for one in recorded(his)] == ["draft-3"]


def test_a_correction_between_the_judging_and_the_writing_refuses_the_acceptance(his: His, monkeypatch: Any) -> None:
    card = shown(his)
    acceptances = his.world.parts.priors
    judged = type(acceptances).results

    def then_corrected(*arguments: Any) -> Any:
        made = judged(*arguments)
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as laboratory:  # a request of its own
            laboratory.submit(corrected, his).result()
        return made

    monkeypatch.setattr(type(acceptances), "results", then_corrected)
    assert rule(accept(his, card)) == "reuse-changed-meanwhile"
    assert recorded(his) == []
    assert [one.cause for one in raised(his)] == ["not-reuse"]


def test_a_signers_key_revoked_between_the_judging_and_the_writing_refuses_the_acceptance(
    his: His, monkeypatch: Any
) -> None:
    """Else no alert would ever tell of it: alerts on a revoked key are raised with the revocation."""
    card = shown(his)
    parts = his.world.parts
    key = parts.keyring.active_key("01001")
    assert key is not None
    judged = type(parts.priors).results

    def then_revoked(*arguments: Any) -> Any:
        made = judged(*arguments)
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as operator:
            operator.submit(parts.keyring.revoke, key.kid, "lost", actor="test").result()
        return made

    monkeypatch.setattr(type(parts.priors), "results", then_revoked)
    assert rule(accept(his, card)) == "reuse-signer-revoked-meanwhile"
    assert recorded(his) == []
    assert [one.cause for one in raised(his)] == ["not-reuse"]


def test_an_order_number_of_another_facility_does_not_name_the_order(his: His) -> None:
    foreign = {"system": "urn:vn:cskcb:01001:order", "value": "theirs"}
    accept(his, shown(his, request(identifier=[foreign])))
    (one,) = recorded(his)
    assert one.order == (f"urn:vn:cskcb:{HOME}:order", "draft-1")


def test_a_draft_of_two_orders_is_two_reuses_of_one_result(his: His) -> None:
    accept(his, shown(his))
    accept(his, card_of(his, request("draft-2")))
    assert len({one.id for one in recorded(his)}) == 2
    assert len({one.result for one in recorded(his)}) == 1
