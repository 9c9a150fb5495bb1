"""A HAPI FHIR server on this machine, with what this gateway makes of its samples. Needs Maven and a JDK."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.systems.archives import PATIENCE, installed
from tests.systems.serving import ROOT, kill_all

_HERE = Path(__file__).parent
_JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g", "-Dfile.encoding=UTF-8"]
_SAMPLES = ("lab-hematology", "imaging-report", "microbiology", "admission", "result-corrected", "appointment-booked")


@contextmanager
def hapi(log: Path) -> Iterator[str]:
    """Its FHIR base, with nothing in it; ``log``: a file for what it says. It is ended whatever happens."""
    command = [*_JAVA, "-cp", f"{installed(_HERE)}/*", str(_HERE / "Server.java")]
    with log.open("wb") as said:
        started = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, start_new_session=True
        )
    try:
        assert started.stdout is not None
        select.select([started.stdout], [], [], PATIENCE)
        base = started.stdout.readline().decode().strip()
        assert base, log.read_text(errors="replace")[-4000:]
        yield base
    finally:
        kill_all(started)
        started.communicate()  # which closes its pipes


def fill(base: str) -> None:
    """What the gateway makes of some of its HL7 v2 samples: a transaction a message, each resource under its id.

    Placed by id, since HAPI 8.4 loses itself (a stack overflow) in a transaction whose Provenance refers to it all.
    """
    samples = [str(ROOT / "adapters" / "hl7v2" / "samples" / f"{name}.hl7") for name in _SAMPLES]
    made = subprocess.run(
        [sys.executable, "-m", "gateway", "translate", *samples], capture_output=True, text=True, check=True
    )
    for line in made.stdout.splitlines():
        text = json.dumps(json.loads(line)["bundle"])
        for entry in json.loads(text)["entry"]:
            text = text.replace(entry["fullUrl"], _place(entry["resource"]))
        entries = [
            {"resource": one["resource"], "request": {"method": "PUT", "url": _place(one["resource"])}}
            for one in json.loads(text)["entry"]
        ]
        transaction = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        headers = {"Content-Type": "application/fhir+json"}
        answer = requests.post(base, data=json.dumps(transaction), headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text


def _place(resource: dict[str, str]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
