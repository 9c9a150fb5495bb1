"""An alert is acknowledged by the facility it is for, once, with a name; until then it is counted as open."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.jsontext import dumps
from tests.cds.his import His
from tests.rest.world import FHIR, rule
from tests.reused.doctor import accept, corrected, raised, shown


def acknowledge(his: His, alert: str, body: Any = None, client: str = "home") -> TestResponse:
    told = {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": "BS. Thử"}]}
    sent = FHIR | his.world.bearer(client)
    return his.world.http.post(f"/fhir/Communication/{alert}/$acknowledge", data=dumps(body or told), headers=sent)


def alerted(his: His) -> str:
    assert accept(his, shown(his)).status_code == 200
    corrected(his)
    (alert,) = raised(his)
    return alert.id


def test_it_is_open_until_somebody_of_the_facility_acknowledges_it(his: His) -> None:
    alert = alerted(his)
    his.world.clock.forward(seconds=90)
    assert "gateway_reuse_alerts_open 1.0" in his.metrics()
    assert "gateway_reuse_alert_oldest_seconds 90.0" in his.metrics()
    answer = acknowledge(his, alert)
    assert answer.status_code == 200, answer.text
    (one,) = raised(his)
    assert (one.acknowledged, one.acknowledged_by) == (his.world.clock(), "BS. Thử")
    his.world.app.extensions["measures"].asked.forget()
    assert "gateway_reuse_alerts_open 0.0" in his.metrics()


def test_the_same_again_changes_nothing_and_another_name_is_a_conflict(his: His) -> None:
    alert = alerted(his)
    assert acknowledge(his, alert).status_code == 200
    at = raised(his)[0].acknowledged
    his.world.clock.forward(hours=1)
    assert acknowledge(his, alert).status_code == 200
    other = {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": "BS. Khác"}]}
    assert rule(acknowledge(his, alert, other)) == "reuse-alert-acknowledged"
    assert raised(his)[0].acknowledged == at
    assert [line.action for line in his.world.audit_lines()].count("reuse-alert-acknowledged") == 1


def test_another_facility_may_not(his: His) -> None:
    alert = alerted(his)
    answer = acknowledge(his, alert, client="other")
    assert (answer.status_code, rule(answer)) == (403, "access-other-facility")
    assert raised(his)[0].acknowledged is None


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": " "}]},
        {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": "x" * 256}]},
        {"resourceType": "Parameters", "parameter": [{"name": "by", "valueInteger": 7}]},
        {"resourceType": "Parameters", "parameter": [{"name": "by", "valueString": "a"}] * 2},
    ],
    ids=str,
)
def test_without_a_name_nothing_is_acknowledged(his: His, body: Any) -> None:
    answer = acknowledge(his, "11111111-1111-4111-8111-111111111111", body or [7])
    assert (answer.status_code, rule(answer)) == (400, "reuse-alert-by")


def test_an_alert_that_is_not_there_is_not_found(his: His) -> None:
    answer = acknowledge(his, "11111111-1111-4111-8111-111111111111")
    assert (answer.status_code, rule(answer)) == (404, "reuse-alert-unknown")
