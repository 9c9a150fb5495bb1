"""Judge: who gets an exchange. By subscription, and by the recipient a payload names.

No disclosure without a stored legal basis: each route carries the basis it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.bundle import Resource, resources
from gateway.facility import Recipient, Subscription
from gateway.mapping.naming import fixed_system, linking_number
from gateway.outcome import Issue

# R4 gives ImagingStudy no category: HL7's codes for results of imaging (observation-category, table 0074).
_OF_A_STUDY = frozenset({"imaging", "RAD"})


@dataclass(frozen=True, slots=True)
class Route:
    """One recipient, the legal basis, and why: a subscription's id, ``named`` or ``follow-up``."""

    recipient: str
    basis: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """What routes go by: ``SYSTEM|VALUE`` of its Patients' numbers, and the codes of its categories."""

    numbers: frozenset[str]
    categories: frozenset[str]


def content(bundle: Resource) -> Content:
    """Of a Bundle."""
    return Content(_patient_numbers(bundle), _categories(bundle))


def routes_for(
    said: Content,
    facility: str,
    subscriptions: Iterable[Subscription],
    recipients: Sequence[Recipient],
    named: Sequence[str] = (),
    person: Iterable[tuple[str, str]] = (),
) -> tuple[list[Route], list[Issue]]:
    """The routes of an exchange, one for each recipient, and what could not be routed.

    ``named``: facility codes the payload itself addresses. A named recipient without a legal
    basis gets nothing, and an issue says so. ``person``: the (system, value) of every national
    number of the persons its Patients are linked to, also where this record lacks it.
    """
    routes: dict[str, Route] = {}
    numbers = said.numbers | {f"{system}|{value}" for system, value in person}
    for subscription in subscriptions:
        if _matches(subscription, facility, numbers, said.categories):
            routes.setdefault(
                subscription.recipient, Route(subscription.recipient, subscription.basis, subscription.id)
            )
    issues: list[Issue] = []
    for code in dict.fromkeys(named):
        for recipient in recipients:
            if recipient.facility != code or recipient.name in routes:
                continue
            if recipient.basis.strip():
                routes[recipient.name] = Route(recipient.name, recipient.basis, "named")
            else:
                issues.append(
                    Issue("warning", "forbidden", "routing-without-basis", parameters={"recipient": recipient.name})
                )
    return list(routes.values()), issues


def _matches(subscription: Subscription, facility: str, numbers: frozenset[str], categories: frozenset[str]) -> bool:
    if not subscription.basis.strip() or subscription.ended is not None:
        return False
    if subscription.facility and subscription.facility != facility:
        return False
    if subscription.patient and not _asked(subscription.patient) & numbers:
        return False
    return not subscription.category or subscription.category in categories


def _asked(patient: str) -> frozenset[str]:
    """``SYSTEM|VALUE`` as it may stand in a Patient: with the exchange's own URI, and as a linking number."""
    system, _, value = patient.partition("|")
    if not value:  # a number nobody wrote is nobody's
        return frozenset()
    asked = {f"{fixed_system(system)}|{value}"}
    if linking := linking_number(system, value):
        asked.add("|".join(linking))
    return frozenset(asked)


def _patient_numbers(bundle: Resource) -> frozenset[str]:
    found: set[str] = set()
    for patient in resources(bundle, "Patient"):
        for identifier in patient.get("identifier", []):
            found |= _asked(f"{identifier.get('system', '')}|{identifier.get('value', '')}")
    return frozenset(found)


def _categories(bundle: Resource) -> frozenset[str]:
    """The codes in ``category`` of every resource, whatever their system; of a study those its report would have."""
    found: set[str] = set()
    for resource in resources(bundle):
        if resource["resourceType"] == "ImagingStudy":
            found |= _OF_A_STUDY
        category = resource.get("category", [])
        for concept in category if isinstance(category, list) else [category]:
            codings = concept.get("coding", []) if isinstance(concept, dict) else [{"code": concept}]  # "food"
            found.update(coding["code"] for coding in codings if "code" in coding)
    return frozenset(found)
