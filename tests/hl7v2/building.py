"""Messages built field by field, and what the adapter makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, Profile, Translation
from gateway.adapter import translate as fenced
from gateway.bundle import Resource

ADAPTER = Hl7v2Adapter()
HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "adapters" / "hl7v2" / "samples"
PAYLOADS = HERE / "payloads"


def as_brought(path: Path) -> bytes:
    """As a connection brings it: with the mark that ends its last segment, which some files lack."""
    read = path.read_bytes()
    return read if read.endswith((b"\r", b"\n")) else read + b"\r"


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment from its field numbers (MSH counts from its separator, which is field 1)."""
    if name == "MSH":
        return "|".join(["MSH", *(fields.get(number, "") for number in range(2, max(fields) + 1))])
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def header(**changed: str) -> str:
    """MSH; ``header(f4="31006")`` changes a field."""
    fields = {
        2: "^~\\&",
        3: "LIS",
        4: "79001",
        7: "20261115100000",
        9: "ORU^R01^ORU_R01",
        10: "1",
        11: "P",
        12: "2.5.1",
    }
    return segment("MSH", fields | _numbered(changed))


def patient(**changed: str) -> str:
    return segment("PID", {1: "1", 3: "BN1^^^79001^MR", 5: "LÊ^THỊ MẪU", 7: "19800102", 8: "F"} | _numbered(changed))


def order(**changed: str) -> str:
    fields = {1: "1", 2: "P1^HIS", 3: "F1^LIS", 4: "CBC^Công thức máu^L", 7: "20261115080000", 25: "F"}
    return segment("OBR", fields | _numbered(changed))


def result(kind: str = "NM", value: str = "7.2", **changed: str) -> str:
    fields = {1: "1", 2: kind, 3: "GLU^Glucose^L", 5: value, 11: "F"}
    return segment("OBX", fields | _numbered(changed))


def _numbered(changed: dict[str, str]) -> dict[int, str]:
    return {int(name[1:]): text for name, text in changed.items()}


def message(*segments: str) -> bytes:
    return ("\r".join(segments) + "\r").encode()


def translate(data: bytes | str, facility: Profile | None = None) -> Translation:
    """The only record of a payload."""
    payload = Payload(data.encode() if isinstance(data, str) else data)
    (record,) = ADAPTER.records(payload)
    return fenced(ADAPTER, record, facility or DefaultProfile())


def observed(kind: str, value: str, facility: Profile | None = None, **changed: str) -> tuple[Resource, Translation]:
    """The Observation of a message with one result."""
    made = translate(message(header(), patient(), order(), result(kind, value, **changed)), facility)
    return only(made, "Observation"), made


def only(made: Translation, resource_type: str) -> Resource:
    (found,) = of_type(made, resource_type)
    return found


def of_type(made: Translation, resource_type: str) -> list[Resource]:
    return [resource for resource in made.resources if resource["resourceType"] == resource_type]


def unplaced(made: Translation) -> dict[str, str]:
    return {field.field: field.reason for field in made.unplaced}


def rules(made: Translation) -> list[str]:
    return [issue.rule for issue in made.issues]


def holds(made: Translation) -> list[str]:
    return [issue.rule for issue in made.holds]


def value_of(observation: Resource) -> dict[str, Any]:
    """The value[x] of an Observation by its element name."""
    return {name: value for name, value in observation.items() if name.startswith("value")}
