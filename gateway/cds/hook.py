"""A hook's request body → Hook. What is not of this version's shape is refused with its path, never guessed at.

https://cds-hooks.hl7.org/2.0/#calling-a-cds-service; the contexts of order-select, order-sign and patient-view are the
same in 1.0 and 2.0. ``fhirServer`` and ``fhirAuthorization`` are left unread: nothing is fetched from a client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from gateway.bundle import Resource
from gateway.cds.draft import Draft, drafts
from gateway.cds.offered import HookName
from gateway.errors import PayloadError
from gateway.reuse.order import Setting

EXTENSION = "vn.lienthong.reuse"  # what only the requester knows: {"setting", "conditions", "specialty"}
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")  # https://hl7.org/fhir/R4/datatypes.html#id
_LONGEST = 255  # characters of a name

# Encounter.class, http://terminology.hl7.org/CodeSystem/v3-ActCode: what each is among the settings of rules. Of the
# others (PRENC, which may precede an operation or not) none is said.
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SETTINGS: dict[str, Setting] = {
    "EMER": "emergency",
    "IMP": "inpatient", "ACUTE": "inpatient", "NONAC": "inpatient", "OBSENC": "inpatient",
    "AMB": "outpatient", "VR": "outpatient", "HH": "outpatient", "SS": "outpatient",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hook:
    """``patient``: the client's own id of the Patient; ``subject``: that Patient as it sent it, None when it did not.

    ``drafts``: the tests and examinations among the draft orders; of order-select those that were selected.
    """

    name: HookName
    instance: str
    user: str
    patient: str
    encounter: str
    subject: Resource | None
    drafts: tuple[Draft, ...] = ()
    setting: Setting = ""
    conditions: frozenset[str] = frozenset()
    specialty: str = ""


def read_hook(body: Any, name: HookName, conditions: frozenset[str]) -> Hook:
    """``conditions``: those that a list in force knows. PayloadError (400) names the path that is wrong."""
    if not isinstance(body, dict):
        raise PayloadError("cds-form", "$")
    if body.get("hook") != name:
        raise PayloadError("cds-hook", "hook", hook=name)
    instance = body.get("hookInstance")
    if not isinstance(instance, str) or not _UUID.match(instance):
        raise PayloadError("cds-hook-instance", "hookInstance")
    context = _object(body, "context")
    patient = _text(context, "context", "patientId")
    encounter = _text(context, "context", "encounterId", needed=False)
    for key, found in (("patientId", patient), ("encounterId", encounter)):
        if found and not _ID.match(found):
            raise PayloadError("cds-context", f"context.{key}")
    prefetch = _object(body, "prefetch", needed=False)
    said = _object(_object(body, "extension", needed=False), EXTENSION, needed=False)
    return Hook(
        name=name,
        instance=instance,
        user=_text(context, "context", "userId"),
        patient=patient,
        encounter=encounter,
        subject=_patient(prefetch.get("patient"), patient),
        drafts=() if name == "patient-view" else drafts(context, patient, selected=name == "order-select"),
        setting=_setting(said, prefetch.get("encounter"), patient, encounter),
        conditions=_conditions(said, conditions),
        specialty=_text(said, f"extension.{EXTENSION}", "specialty", needed=False),
    )


def _patient(found: Any, patient: str) -> Resource | None:
    if found is None:  # a client that could not get it says so by null
        return None
    if not isinstance(found, dict) or found.get("resourceType") != "Patient":
        raise PayloadError("cds-prefetch", "prefetch.patient", type="Patient")
    if found.get("id") != patient:
        raise PayloadError("cds-other-patient", "prefetch.patient.id")
    for name in ("identifier", "name"):
        listed = found.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise PayloadError("cds-not-r4", f"prefetch.patient.{name}")
    texts = [(f"identifier.{key}", one.get(key, "")) for one in found.get("identifier", ()) for key in _OF_A_NUMBER]
    texts += [(key, found.get(key, "")) for key in ("birthDate", "gender")]
    texts += [(f"name.{key}", one.get(key, "")) for one in found.get("name", ()) for key in ("text", "family", "use")]
    given = [one.get("given", []) for one in found.get("name", ())]
    wrong = [key for key, value in texts if not isinstance(value, str)]
    wrong += [
        "name.given" for one in given if not isinstance(one, list) or not all(isinstance(each, str) for each in one)
    ]
    if wrong:
        raise PayloadError("cds-not-r4", f"prefetch.patient.{wrong[0]}")
    return found


_OF_A_NUMBER = ("system", "value", "use")


def _setting(said: Mapping[str, Any], encounter: Any, patient: str, wanted: str) -> Setting:
    """What the requester said, else what the class of the encounter says; "" where neither does."""
    if "setting" in said:
        if said["setting"] not in get_args(Setting):
            raise PayloadError("cds-setting", f"extension.{EXTENSION}.setting", settings=", ".join(_ALL_SETTINGS))
        return said["setting"]  # type: ignore[no-any-return]  # one of its words, as was just seen
    if encounter is None:
        return ""
    if not isinstance(encounter, dict) or encounter.get("resourceType") != "Encounter":
        raise PayloadError("cds-prefetch", "prefetch.encounter", type="Encounter")
    if wanted and encounter.get("id") != wanted:
        raise PayloadError("cds-other-encounter", "prefetch.encounter.id")
    subject = encounter.get("subject", {})
    if not isinstance(subject, dict):
        raise PayloadError("cds-not-r4", "prefetch.encounter.subject")
    if subject.get("reference", f"Patient/{patient}") != f"Patient/{patient}":
        raise PayloadError("cds-other-patient", "prefetch.encounter.subject")
    kind = encounter.get("class", {})
    if not isinstance(kind, dict) or not isinstance(kind.get("code", ""), str):  # R5: a list of CodeableConcept
        raise PayloadError("cds-not-r4", "prefetch.encounter.class")
    return _SETTINGS.get(kind.get("code", ""), "") if kind.get("system") == ACT_CODE else ""


_ALL_SETTINGS = tuple(one for one in get_args(Setting) if one)


def _conditions(said: Mapping[str, Any], known: frozenset[str]) -> frozenset[str]:
    listed = said.get("conditions", [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed) or not known.issuperset(listed):
        raise PayloadError("cds-condition", f"extension.{EXTENSION}.conditions", conditions=", ".join(sorted(known)))
    return frozenset(listed)


def _object(body: Mapping[str, Any], name: str, *, needed: bool = True) -> dict[str, Any]:
    found = body.get(name)
    if found is None and not needed:
        return {}
    if not isinstance(found, dict):
        raise PayloadError("cds-context" if name == "context" else "cds-form", name)
    return found


def _text(context: Mapping[str, Any], path: str, name: str, *, needed: bool = True) -> str:
    found = context.get(name)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or not found.strip() or len(found) > _LONGEST or not found.isprintable():
        raise PayloadError("cds-context", f"{path}.{name}")
    return found
