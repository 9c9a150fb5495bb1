"""What is shown to the reference validator: all that the gateway emits for its samples, and our good and bad cases."""

from __future__ import annotations

from pathlib import Path

from adapters.bhyt import BhytAdapter
from adapters.dicomweb import DicomwebAdapter
from adapters.fhir import FhirAdapter
from adapters.hl7v2 import Hl7v2Adapter
from adapters.json_record import JsonRecordAdapter
from gateway.adapter import DefaultProfile, MappingText, Payload, SourceAdapter, bind, split, translate
from gateway.bundle import Resource
from gateway.jsontext import loads
from gateway.outcome import operation_outcome
from gateway.r4 import check
from gateway.store import schema
from tests.inbound import world as inbound
from tests.intake import world as intake
from tests.r4.oracle import broken, good
from tests.rest import world as rest
from tests.sender import a_sender

_ADAPTERS = Path(__file__).parents[3] / "adapters"


def _mapped(adapter: SourceAdapter, file: str) -> SourceAdapter:
    return bind(adapter, [MappingText.read((_ADAPTERS / file).read_bytes())])


_SAMPLES: list[tuple[SourceAdapter, str]] = [
    (Hl7v2Adapter(), "hl7v2/samples/*.hl7"),
    (BhytAdapter(), "bhyt/samples/*.xml"),
    (DicomwebAdapter(), "dicomweb/samples/*.json"),
    (FhirAdapter(), "fhir/samples/*.json"),
    (_mapped(JsonRecordAdapter(), "json_record/samples/his-xa.toml"), "json_record/samples/his-xa.json"),
]
_LABORATORY = "79001"  # whoever a record that names no facility is from
_SIGNED = [("hl7v2/samples/lab-hematology.hl7", intake.LAB), ("bhyt/samples/qd130.xml", intake.HOSPITAL)]


def shown(folder: Path) -> dict[str, Resource]:
    """By name: ``translated/…``, ``signed/…``, ``received/…``, ``served/…``, ``good/…``, ``broken/…``.

    ``folder`` is an empty one.
    """
    return {
        **translated(),
        **signed(folder),
        **received(folder),
        **served(folder),
        **{f"good/{name}": resource for name, resource in good().items()},
        **{f"broken/{case.name}": case.resource for case in broken()},
    }


def translated() -> dict[str, Resource]:
    """The Bundle of every record of every adapter sample, as ``gateway translate`` gives it."""
    found: dict[str, Resource] = {}
    for adapter, pattern in _SAMPLES:
        for file in sorted(_ADAPTERS.glob(pattern)):
            for record in split(adapter, Payload(file.read_bytes())):
                name = f"translated/{file.name}" + (f"#{record.position}" if record.position > 1 else "")
                found[name] = translate(adapter, record, DefaultProfile(record.facility or _LABORATORY)).bundle()
    return found


def signed(folder: Path) -> dict[str, Resource]:
    """The signed messages that two payloads become, as they are sent."""
    world = intake.World.opened(f"sqlite:///{folder / 'intake.sqlite3'}", folder)
    found: dict[str, Resource] = {}
    try:
        for sample, facility in _SIGNED:
            for line in world.take((_ADAPTERS / sample).read_bytes(), facility).exchanges:
                found[f"signed/{Path(sample).name}#{len(found) + 1}"] = world.exchange(line["id"])["bundle"]
    finally:
        world.store.close()
    return found


def received(folder: Path) -> dict[str, Resource]:
    """A message from elsewhere, the receipt it gets, and the receipt of one that was changed on its way."""
    url = f"sqlite:///{folder / 'inbound.sqlite3'}"
    schema.prepare(url)
    lab = a_sender()
    world = inbound.opened(url, folder, lab)
    try:
        sent = lab.sent()
        return {
            "received/message": loads(sent),
            "received/receipt": world.accept(sent),
            "received/refusal": world.accept(sent.replace(b"5.10", b"6.10")),
            "received/outcome": operation_outcome(check(broken()[0].resource), "vi"),
        }
    finally:
        world.store.close()


def served(folder: Path) -> dict[str, Resource]:
    """What the HTTP doors answer: the statement, searches, a resource, its history, and outcomes in both languages."""
    world = rest.opened(f"sqlite:///{folder / 'rest.sqlite3'}", folder)
    try:
        world.sign_here()
        assert world.post((_ADAPTERS / _SIGNED[0][0]).read_bytes()).status_code == 201
        report = "/fhir/DiagnosticReport?_count=1"
        included = "/fhir/Observation?_include=Observation:subject&_count=3"
        paths = {"metadata": "/fhir/metadata", "search": report, "search-with-include": included}
        found = {name: loads(world.get(path).data) for name, path in paths.items()}
        one = found["search"]["entry"][0]["resource"]
        read = f"/fhir/{one['resourceType']}/{one['id']}"
        unknown = world.get("/fhir/Patient/nobody", **{"Accept-Language": "vi"})
        no_token = world.http.get("/fhir/Patient/nobody")
        found |= {"read": loads(world.get(read).data), "history": loads(world.get(f"{read}/_history").data)}
        found |= {"unknown": loads(unknown.data), "no-token": loads(no_token.data)}
        return {f"served/{name}": resource for name, resource in found.items()}
    finally:
        world.parts.close()
