"""What an exchange brings, worked out before anything is written: its words, its order numbers, whom it concerns.

Pure, so it is done where the record is judged, in any process, and not while the database is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.bundle import Resource, collection, resources, served
from gateway.exchange import Exchange, OrderClaim
from gateway.jsontext import loads
from gateway.mapping.made_by import bundles_replaced
from gateway.revision import message_number, recorded_at, result_times
from gateway.routing import Content, content
from gateway.sensitive import divide
from gateway.store.words import Word, word


@dataclass(frozen=True, slots=True)
class Brought:
    """``words``: each with the source's own result time, None where it says none. ``revealing``: ids of the
    resources never returned by default. ``content``: what routes go by. ``recorded``: when the source made its
    message, None where it does not say; ``number``: what it calls it. ``message``: the Bundle's id; ``replaces``: those
    of the Bundles whose words count no more, since it says their record again."""

    words: tuple[tuple[Word, datetime | None], ...]
    revealing: frozenset[str]
    content: Content
    recorded: datetime | None = None
    number: str = ""
    message: str = ""
    replaces: frozenset[str] = frozenset()


def brought(bundle: Resource, revealing: frozenset[str] = frozenset()) -> Brought:
    """By a signed message, or by what is served of it."""
    times = result_times(bundle)
    made = [one for one in served(bundle) if _about_the_patient(one)]
    words = tuple((word(one), times[one["id"]]) for one in made)
    replaced = bundles_replaced(resources(bundle, "Provenance"))
    return Brought(
        words,
        revealing,
        content(bundle),
        recorded_at(bundle),
        message_number(bundle),
        str(bundle.get("id", "")),
        replaced,
    )


def came(message: Resource) -> Brought:
    """By another gateway's signed message. Its receiver reads its own list of what the law keeps apart: what the
    sender let through is still not returned by default."""
    ordinary, apart, revealing = divide([entry["resource"] for entry in message["entry"][1:-1]])
    shown = {one["id"] for one in ordinary}
    read = {**collection([*ordinary, *(one for one in apart if one["id"] not in shown)]), "id": message["id"]}
    return brought(read, revealing)


def again(exchange: Exchange) -> Brought:
    """By an exchange as it is kept: the same words as when it came. Which of them reveal is not asked again."""
    message = loads(exchange.bundle)
    return came(message) if exchange.origin else brought(message)


def _about_the_patient(one: Resource) -> bool:
    """False for what is about the Bundle: its header, and the Provenance that signs it, which has no id."""
    return one["resourceType"] != "MessageHeader" and "id" in one


def order_claims(bundle: Resource) -> tuple[OrderClaim, ...]:
    """Each order number of a Bundle, whose it is and when its specimen was collected, once; and each accession number,
    by which a study is joined to its order and report: those of another patient must never meet.

    ``bundle``: the whole of a record, before what the law keeps apart is set apart: an order number
    is the record's, whichever of its exchanges it travels in.
    """
    found: dict[str, OrderClaim] = {}
    for kind in ("DiagnosticReport", "ServiceRequest", "MedicationRequest", "ImagingStudy"):
        for one in resources(bundle, kind):
            patient = one.get("subject", {}).get("reference", "").removeprefix("urn:uuid:")
            for identifier in one.get("identifier", []):
                codes = {coding.get("code") for coding in identifier.get("type", {}).get("coding", [])}
                if codes & {"PLAC", "FILL"} and identifier.get("value"):
                    number = f"{identifier.get('system', '')}|{identifier['value']}"
                    found.setdefault(number, OrderClaim(number, patient, _collected(one)))
                elif "ACSN" in codes and identifier.get("value"):  # of a study, which may last over midnight
                    number = f"{identifier.get('system', '')}|{identifier['value']}"
                    found.setdefault(number, OrderClaim(number, patient, ""))
    return tuple(found.values())


def _collected(report: Resource) -> str:
    """The date a report's specimen was collected (effective), "" when it does not say."""
    when = report.get("effectiveDateTime") or report.get("effectivePeriod", {}).get("start", "")
    return str(when)[:10]
