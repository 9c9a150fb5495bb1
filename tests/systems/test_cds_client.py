"""A CDS Hooks client written by others asks, reads the cards with its own models and tells what became of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.cds.his import ENCOUNTER, ISS, PATIENT, SIGN, VIEW, His, his_of, hook
from tests.prior.laboratory import told
from tests.rest.world import BASE, OTHER, opened
from tests.systems.archives import run

CLIENT = Path(__file__).parent / "healthchain"
_BUILD = Path(__file__).parents[2] / "build"


@pytest.fixture
def his(tmp_path: Path) -> Iterator[His]:
    made = his_of(opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path, cds_milliseconds=60_000))
    yield made
    made.world.parts.close()


def environment() -> Path:
    """Python with what the client's requirements.txt pins, made where it is not there yet."""
    folder, wanted = _BUILD / "healthchain", (CLIENT / "requirements.txt").read_text("utf-8")
    done = folder / "installed.txt"
    if not done.exists() or done.read_text("utf-8") != wanted:
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        pins = str(CLIENT / "requirements.txt")
        run([str(folder / "bin" / "pip"), "install", "--quiet", "--require-hashes", "--no-deps", "-r", pins])
        done.write_text(wanted, "utf-8")
    return folder / "bin" / "python"


def asked(his: His, *calls: dict[str, Any]) -> list[Any]:
    """What the client says of each call, the discovery first, over a real connection."""
    server = make_server("127.0.0.1", 0, his.world.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    question = {
        "url": f"http://127.0.0.1:{server.server_port}",
        "audience": BASE,
        "issuer": ISS["2.0"],
        "key": his.world.keys[ISS["2.0"]],
        "at": int(his.world.clock().timestamp()),
        "calls": calls,
    }
    try:
        told_of = run([str(environment()), str(CLIENT / "client.py")], json.dumps(question))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return [json.loads(line) for line in told_of.splitlines()]


def call(service: str, name: str) -> dict[str, Any]:
    return {"service": service, "hook": name, "context": hook(name)["context"], "prefetch": PREFETCH}


PREFETCH = {"patient": PATIENT, "encounter": ENCOUNTER}


def test_a_client_of_others_reads_every_kind_of_card_and_its_feedback_is_taken(his: His) -> None:
    told(his.world, "1", facility=OTHER, days_ago=3)
    discovered, viewed, signed = asked(his, call(VIEW, "patient-view"), call(SIGN, "order-sign"))
    assert discovered["order-sign"] == SIGN
    assert "1 kết quả" in viewed["cards"][0]["summary"]
    (card,) = signed["cards"]
    (suggestion,) = card["suggestions"]
    assert [action["type"] for action in suggestion["actions"]] == ["delete", "create"]
    assert card["selectionBehavior"] == "at-most-one"
    accepted = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": suggestion["uuid"]}],
        "outcomeTimestamp": "2026-11-22T03:05:00Z",
    }
    _, taken = asked(his, {"service": SIGN, "feedback": [accepted]})
    assert taken == {}
    told(his.world, "2", days_ago=1, note="Mẫu tan huyết nhẹ")
    _, decides = asked(his, call(SIGN, "order-sign"))
    assert "suggestions" not in decides["cards"][0]
    assert 'gateway_cds_feedback_total{outcome="accepted"} 1.0' in his.metrics()
