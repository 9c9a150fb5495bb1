"""The services of the discovery: one for each hook, under ids that never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.messages import sentence

HookName = Literal["order-select", "order-sign", "patient-view"]
Version = Literal["1.0", "2.0"]

_PATIENT = {"patient": "Patient/{{context.patientId}}"}
_ENCOUNTER = {"encounter": "Encounter/{{context.encounterId}}"}


@dataclass(frozen=True, slots=True)
class Offer:
    """``prefetch``: what the client is asked to send along, so that nothing has to be fetched."""

    id: str
    hook: HookName
    prefetch: dict[str, str]

    def told(self, language: str) -> dict[str, Any]:
        """As the discovery lists it, in both versions of the specification."""
        return {
            "hook": self.hook,
            "id": self.id,
            "title": sentence(f"cds-service-{self.hook}-title", language),
            "description": sentence(f"cds-service-{self.hook}", language),
            "prefetch": self.prefetch,
            "usageRequirements": sentence("cds-service-needs", language),
        }


SERVICES = {
    one.id: one
    for one in (
        Offer("reuse-order-select", "order-select", _PATIENT | _ENCOUNTER),
        Offer("reuse-order-sign", "order-sign", _PATIENT | _ENCOUNTER),
        Offer("reuse-patient-view", "patient-view", _PATIENT | _ENCOUNTER),
    )
}
