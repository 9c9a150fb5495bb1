"""A long record costs in proportion to its length: steps of the adapter's own code are counted, no clock is read."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from adapters.fhir import FhirAdapter, translation
from gateway.adapter import Payload, split
from gateway.bundle import Resource
from gateway.errors import NotConformant
from tests.fhir.building import FACILITY, SERVER, bundle, observation, patient, put, transaction, translated

_ADAPTER = str(Path(translation.__file__).parent)
_FEW, _TIMES = 60, 4


def _steps(sent: Resource, refused: bool) -> int:
    """How many instructions of adapters/fhir are executed for a record; those of a comprehension are among them."""
    (record,) = split(FhirAdapter(), Payload(json.dumps(sent).encode()))
    count = 0

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(_ADAPTER):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        with pytest.raises(NotConformant) if refused else nullcontext():
            FhirAdapter().translate(record, FACILITY)
    finally:
        sys.settrace(before)
    return count


def _conditional(many: int) -> Resource:
    """Each result names the one before it as a search of its number would."""
    system = "https://his.example/ket-qua"
    results = [
        observation(
            f"o{number}",
            identifier=[{"system": system, "value": str(number)}],
            hasMember=[{"reference": f"Observation?identifier={system}|{max(number - 1, 0)}"}],
        )
        for number in range(many)
    ]
    return transaction(*(put(one) for one in (patient(), *results)))


def _merged(many: int) -> Resource:
    """Numbers of one patient, each replaced by the one before it."""
    chain = [
        patient(f"p{number}", link=[{"other": {"reference": f"Patient/p{number - 1}"}, "type": "replaced-by"}])
        for number in range(2, many + 2)
    ]
    return bundle(patient(), *chain)


def _contained(many: int) -> Resource:
    """An account of many things, each of them inside it."""
    inside = [{"resourceType": "Device", "id": f"d{number}"} for number in range(many)]
    subjects = [{"reference": "Patient/p1"}, *({"reference": f"#{one['id']}"} for one in inside)]
    account = {"resourceType": "Account", "id": "a", "status": "active", "contained": inside, "subject": subjects}
    return bundle(patient(), account)


def _not_r4(many: int) -> Resource:
    """Results with a property that no version of FHIR has: refused."""
    return bundle(patient(), *(observation(f"o{number}", ketLuan="bình thường") for number in range(many)))


@pytest.mark.parametrize("made", [_conditional, _merged, _contained, _not_r4], ids=lambda made: made.__name__[1:])
def test_a_record_four_times_as_long_is_about_four_times_the_work(made: Callable[[int], Resource]) -> None:
    _, few, more = (_steps(made(many), refused=made is _not_r4) for many in (1, _FEW, _FEW * _TIMES))  # 1: reads files
    assert 0 < few < more < few * _TIMES * 1.2


def test_the_bytes_of_a_record_are_read_once_for_all_its_resources_without_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = transaction(
        *((observation(), {"method": "POST", "url": "Observation"}) for _ in range(_FEW)), put(patient())
    )
    for place, entry in enumerate(sent["entry"][:-1]):
        del entry["resource"]["id"]
        entry["fullUrl"] = f"urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d{place:04}"
        entry["resource"]["subject"] = {"reference": f"{SERVER}Patient/p1"}
    data = json.dumps(sent).encode()
    read, whole = 0, hashlib.sha256

    def counted(text: bytes = b"", **more: Any) -> Any:
        nonlocal read
        read += text == data
        return whole(text, **more)

    monkeypatch.setattr(hashlib, "sha256", counted)
    made = translated(data)
    assert len({one["id"] for one in made.resources}) == len(made.resources) == _FEW + 1
    assert read == 1
