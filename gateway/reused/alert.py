"""An alert as a FHIR Communication to the facility that reused the result. Pure.

https://hl7.org/fhir/R4/communication.html. Not a Flag, which is a standing mark on a patient, and not a DetectedIssue,
which is a finding about treatment: something is told to somebody, who is to say that they heard it. ``about`` names
the version that stands, the one that was relied on, and the order; ``payload`` says in Vietnamese and English what
changed, with the value before and after.
"""

from __future__ import annotations

from typing import Any

from gateway.bundle import CANONICAL, MA_CSKCB, Resource
from gateway.messages import sentence
from gateway.store.alerts import Alert

CATEGORY = "alert"
_CATEGORY = {"system": "http://terminology.hl7.org/CodeSystem/communication-category", "code": CATEGORY}
_CAUSE = f"{CANONICAL}/CodeSystem/reuse-alert"
_SAID = ("valueQuantity", "valueString", "valueCodeableConcept", "valueInteger", "valueRange", "valueRatio")


def communication(alert: Alert, before: Resource | None, after: Resource | None) -> Resource:
    """``before``, ``after``: the versions that are kept, None where one is not to be shown."""
    shown = after or before or {}
    about = [
        {"reference": f"{alert.result}/_history/{version}"} for version in dict.fromkeys((alert.after, alert.before))
    ]
    if alert.order[0]:
        identifier = {"system": alert.order[0], "value": alert.order[1]}
        about.append({"type": "ServiceRequest", "identifier": identifier})  # type: ignore[dict-item]  # JSON
    if alert.provenance:
        about.append({"reference": f"Provenance/{alert.provenance}"})
    made: Resource = {
        "resourceType": "Communication",
        "id": alert.id,
        "status": "completed",
        "category": [{"coding": [dict(_CATEGORY)]}],
        "priority": "urgent",
        "about": about,
        "sent": alert.raised.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "recipient": [_organization(alert.facility)],
        "reasonCode": [{"coding": [{"system": _CAUSE, "code": alert.cause}]}],
        "payload": [{"contentString": _told(alert, before, after, language)} for language in ("vi", "en")],
    }
    patient = shown.get("subject", {}).get("reference", "")
    if str(patient).startswith("Patient/"):
        made["subject"] = {"reference": patient}
    return made


def _organization(code: str) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": MA_CSKCB, "value": code}}


def _told(alert: Alert, before: Resource | None, after: Resource | None, language: str) -> str:
    name = _name(after or before or {}) or alert.result
    order = alert.order[1] or "-"
    said = [sentence(f"reuse-alert-{alert.cause}", language, name=name, order=order)]
    values = [_value(one) for one in (before, after)]
    if alert.before != alert.after and any(values):
        old, new = (value or "-" for value in values)
        said.append(sentence("reuse-alert-values", language, before=old, after=new))
    said.append(sentence("reuse-alert-act", language))
    return " ".join(said)


def _name(resource: Resource) -> str:
    code = resource.get("code", {})
    named = (one.get("display", "") for one in code.get("coding", ()))
    return str(code.get("text") or next(filter(None, named), "") or resource.get("description", ""))


def _value(resource: Resource | None) -> str:
    """A value in words, as its source wrote it; the status of a result that has none."""
    if resource is None:
        return ""
    found = next((resource[name] for name in _SAID if name in resource), None)
    if isinstance(found, dict) and "value" in found:
        return f"{found.get('comparator', '')}{found['value']} {found.get('unit') or found.get('code', '')}".strip()
    if isinstance(found, dict):
        return str(found.get("text") or next((one.get("display", "") for one in found.get("coding", ())), ""))
    if found is not None:
        return str(found)
    return str(resource.get("status", ""))
