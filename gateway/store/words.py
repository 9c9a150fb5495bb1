"""Word: what an exchange says of one resource, in the form it is written in. Pure: no database is asked."""

from __future__ import annotations

from typing import Any, NamedTuple

from gateway.bundle import Resource
from gateway.jsontext import dumps, loads
from gateway.store import index
from gateway.store.elements import at


class Word(NamedTuple):
    """A resource as served (references ``Type/id``).

    ``body``: the bytes a version keeps. ``patient``: the id of the Patient it is about, "" when it names
    none; a Patient is about itself. ``rows``: what it can be found by.
    """

    type: str
    id: str
    body: bytes
    patient: str
    rows: index.Rows

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.id

    def resource(self) -> Resource:
        """Read again at each call: what is as it stands never asks for it."""
        made: Resource = loads(self.body)
        return made


def word(made: Resource) -> Word:
    """The Word of a resource as served."""
    patient = made["id"] if made["resourceType"] == "Patient" else _patient_id(made)
    return Word(made["resourceType"], made["id"], stored_body(made), patient, index.rows(made))


def stored_body(made: Resource) -> bytes:
    """The bytes kept: resourceType, id and meta first, without meta.versionId and meta.lastUpdated."""
    meta = {
        key: value for key, value in made.get("meta", {}).items() if key not in ("versionId", "lastUpdated", "source")
    }
    ordered: dict[str, Any] = {"resourceType": made["resourceType"], "id": made["id"]}
    if meta:
        ordered["meta"] = meta
    ordered.update((key, value) for key, value in made.items() if key not in ("resourceType", "id", "meta"))
    return dumps(ordered)


def _patient_id(made: Resource) -> str:
    for element in ("subject", "patient", "beneficiary"):
        named = made.get(element)
        named = named[0] if isinstance(named, list) and named else named  # Account's subjects
        reference = named.get("reference", "") if isinstance(named, dict) else ""
        if reference.startswith("Patient/"):
            return str(reference.removeprefix("Patient/"))
    if made["resourceType"] == "Appointment":
        actors = (str(one.get("reference", "")) for one in at(made, "participant.actor") if isinstance(one, dict))
        return next((actor.removeprefix("Patient/") for actor in actors if actor.startswith("Patient/")), "")
    if made["resourceType"] == "Provenance":
        targets = (str(target.get("reference", "")) for target in made.get("target", ()))
        return next((target.removeprefix("Patient/") for target in targets if target.startswith("Patient/")), "")
    return ""
