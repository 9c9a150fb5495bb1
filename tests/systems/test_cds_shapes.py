"""The shapes of CDS Hooks as others wrote them down. HAPI FHIR's classes, which refuse any property they do not know,
ask a running gateway, read its answers and tell what became of a card; HL7's logical models say what may stand in a
document, and in which codes. Needs Maven and a JDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from gateway.jsontext import dumps, loads
from tests.cds.his import ENCOUNTER, SELECT, SIGN, VIEW, His, his_of, hook, request
from tests.cds.test_imaging import ORDER, SUBJECT
from tests.cds.test_panels import PANEL
from tests.prior.laboratory import told
from tests.prior.test_panels import GLUCOSE
from tests.prior.test_studies import ARCHIVE, reported, sent
from tests.rest.world import OTHER, opened
from tests.systems.archives import installed, run

CLIENT = Path(__file__).parent / "hapicds"
NOT_IN_HAPI = {"resourceId", "usageRequirements"}  # of CDS Hooks 2.0
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-Dfile.encoding=UTF-8"]


@pytest.fixture
def his(tmp_path: Path) -> Iterator[His]:
    made = his_of(opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path, cds_milliseconds=60_000))
    yield made
    made.world.parts.close()


def asked(his: His, *calls: dict[str, Any]) -> list[dict[str, Any]]:
    """What HAPI says of each call over a real connection: its status, the answer, what its classes read of it."""
    server = make_server("127.0.0.1", 0, his.world.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    question = {"url": f"http://127.0.0.1:{server.server_port}", "calls": calls}
    try:
        java = [*JAVA, "-cp", f"{installed(CLIENT)}/*", str(CLIENT / "Client.java")]
        told_of = run(java, json.dumps(question))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return [json.loads(line, parse_float=Decimal) for line in told_of.splitlines()]


def call(his: His, service: str, body: dict[str, Any], version: str = "2.0") -> dict[str, Any]:
    return {"path": f"/cds-services/{service}", "token": his.jwt(service, version), "request": body}


def as_hapi_knows_it(answer: Any) -> Any:
    """An answer without what HAPI's classes have no place for (Client.java)."""
    if isinstance(answer, list):
        return [as_hapi_knows_it(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {name: as_hapi_knows_it(value) for name, value in answer.items() if name not in NOT_IN_HAPI}


def test_hapi_reads_all_that_is_offered_and_answered_and_nothing_is_there_that_it_does_not_know(his: His) -> None:
    told(his.world, "1", days_ago=0.5)
    told(his.world, "2", days_ago=0.5, **GLUCOSE)
    sent(his.world, **ARCHIVE)
    reported(his.world)
    discovered, *answered = asked(
        his,
        {"path": "/cds-services"},
        call(his, VIEW, hook("patient-view")),
        call(his, SELECT, hook("order-select")),
        call(his, SIGN, hook("order-sign", request("draft-2"))),
        call(his, SIGN, hook("order-sign", PANEL)),
        call(his, SIGN, hook("order-sign", ORDER, prefetch={"patient": SUBJECT, "encounter": ENCOUNTER})),
    )
    assert {one["id"] for one in discovered["read"]["services"]} == {VIEW, SELECT, SIGN}
    for one in (discovered, *answered):
        assert one["status"] == 200, one["answer"]
        assert one["read"] == as_hapi_knows_it(one["answer"])
    assert [len(one["read"]["cards"]) for one in answered] == [1] * 5
    (suggestion,) = answered[2]["answer"]["cards"][0]["suggestions"]
    assert suggestion["actions"][0]["resourceId"] == "ServiceRequest/draft-2"


def test_feedback_that_hapi_writes_is_taken(his: His) -> None:
    told(his.world, "1", facility=OTHER, days_ago=3)
    drop, keep = (his.cards(SIGN, hook("order-sign", request(name)))[0] for name in ("draft-1", "draft-2"))
    at = {"outcomeTimestamp": "2026-11-22T03:05:00Z"}
    suggestion = {"id": drop["suggestions"][0]["uuid"]}
    accepted = {"card": drop["uuid"], "outcome": "accepted", "acceptedSuggestions": [suggestion], **at}
    reason = {name: keep["overrideReasons"][0][name] for name in ("system", "code")}
    overridden = {"card": keep["uuid"], "outcome": "overridden", **at}
    overridden["overrideReason"] = {"reason": reason, "userComment": "Phù mới xuất hiện"}
    path = f"{SIGN}/feedback"
    calls = (
        {"path": f"/cds-services/{path}", "token": his.jwt(path), "feedback": one} for one in (accepted, overridden)
    )
    assert [one["status"] for one in asked(his, *calls)] == [200, 200]
    for outcome in ("accepted", "overridden"):
        assert f'gateway_cds_feedback_total{{outcome="{outcome}"}} 1.0' in his.metrics()


def against_hl7s_shapes(*documents: tuple[str, Any]) -> list[str]:
    """What HL7's models say is wrong: a line a fault, the number of its document first."""
    given = dumps([{"of": kind, "json": document} for kind, document in documents]).decode()
    return run([*JAVA, "-cp", f"{installed(CLIENT)}/*", str(CLIENT / "Shapes.java")], given).splitlines()


def test_every_kind_of_answer_is_what_hl7s_models_allow(his: His) -> None:
    told(his.world, "1", days_ago=0.5)
    told(his.world, "2", days_ago=0.5, **GLUCOSE)
    sent(his.world, **ARCHIVE)
    reported(his.world)
    study = hook("order-sign", ORDER | {"id": "study-1"}, prefetch={"patient": SUBJECT, "encounter": ENCOUNTER})
    bodies = [
        (SIGN, hook()),
        (SELECT, hook("order-select", request("draft-2"))),
        (VIEW, hook("patient-view")),
        (SIGN, hook("order-sign", PANEL)),
        (SIGN, study),
    ]
    answers = [{"cards": his.cards(*one)} for one in bodies]
    old = [{"cards": his.cards(*one, "1.0")} for one in bodies]
    assert [len(one["cards"]) for one in (*answers, *old)] == [1] * 10
    told(his.world, "3", days_ago=0.2, note="Mẫu tan huyết nhẹ")
    decides = {"cards": his.cards(SIGN, hook("order-sign", request("draft-3")))}
    assert "suggestions" not in decides["cards"][0]
    discovered = loads(his.world.http.get("/cds-services").data)
    faults = against_hl7s_shapes(
        ("services", discovered),
        *(("request", body) for _, body in bodies),
        *(("response", one) for one in (*answers, decides, {"cards": []}, *old)),
    )
    # 1.0 has an id where 2.0, whose models these are, has ``resourceId``: in each suggestion to drop an order.
    dropped = [line.partition("\t")[2] for line in faults]
    assert dropped == [".cards[0].suggestions[0].actions[0].resource\tno resource"] * 4


def test_a_document_that_is_none_of_hl7s_shapes_is_told() -> None:
    wrong = {"summary": "x", "indicator": "urgent", "links": {}, "cost": 1}
    assert sorted(against_hl7s_shapes(("response", {"cards": [wrong]}), ("services", {"services": [{}]}))) == [
        "0\t.cards[0].cost\tunknown",
        "0\t.cards[0].indicator\tno such code",
        "0\t.cards[0].links\tno array",
        "0\t.cards[0].source\tmissing",
        *(f"1\t.services[0].{name}\tmissing" for name in ("description", "hook", "id")),
    ]
