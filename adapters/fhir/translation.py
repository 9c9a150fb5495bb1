"""The flow: a record that speaks R4, checked, to the resources of an exchange.

1. The Bundle or resource is held to R4 as it came: what is broken is told in the sender's own paths.
2. What does not travel is listed; what a server alone could decide holds the record.
3. Each resource gets the id it has here, and keeps its own as an identifier.
4. References become URNs inside the record; whose the record is, is settled.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.fhir.account import account_for_bundle, is_for_training, is_taken, without_servers_own
from adapters.fhir.identity import id_of, named, own_number, takes_numbers
from adapters.fhir.links import Links, Rewriting
from adapters.fhir.provenance import put_together
from adapters.fhir.sent import Entry, Sent, entries
from adapters.fhir.versions import by_elements, shown
from adapters.fhir.whose import one_patient
from gateway.adapter import Profile, Record, Translation
from gateway.bundle import Resource
from gateway.errors import NotConformant, PayloadError
from gateway.mapping.ledger import Ledger
from gateway.outcome import Issue, refusing
from gateway.r4 import check


def translate_record(record: Record, facility: Profile) -> Translation:
    """PayloadError for another version, a record of nobody or of two; NotConformant for what is not valid R4."""
    sent: Sent = record.content
    ledger = Ledger()
    ledger.issues += _checked(sent)
    account_for_bundle(sent, ledger)
    taken = [entry for entry in entries(sent) if is_taken(entry, ledger)]
    digest = hashlib.sha256(record.data).hexdigest()
    known = [named(entry, digest) for entry in taken]
    ids = {entry.at: id_of(entry, name, facility.code) for entry, name in zip(taken, known, strict=True)}
    if len(set(ids.values())) < len(ids):
        at = next(at for at, count in Counter(ids.values()).items() if count > 1)
        raise PayloadError("fhir-entry-twice", next(path for path, one in reversed(ids.items()) if one == at))
    links = Links(taken, ids)
    one_patient(taken, links, ledger)
    lineage: dict[str, str] = {}
    made: list[Resource] = []
    counts: Counter[str] = Counter()
    for entry, name in zip(taken, known, strict=True):
        if not name.source:
            ledger.remark("information", "informational", "fhir-without-identity", entry.at)
        one = _made(entry, ids[entry.at], links, facility, ledger)
        where = f"{entry.kind}[{counts[entry.kind]}]"
        counts[entry.kind] += 1
        lineage.update(_lineage(where, entry, one, name.source))
        made.append(one)
    if whole := put_together(sent, made, facility.code):
        where = f"Provenance[{counts['Provenance']}]"
        lineage.update((f"{where}.{path}", source) for path, source in whole[1].items())
        made.append(whole[0])
    return Translation(
        made,
        ledger.issues,
        ledger.unplaced,
        lineage,
        holds=ledger.holds,
        training=any(is_for_training(entry.resource) for entry in taken),
    )


def _checked(sent: Sent) -> list[Issue]:
    """What R4 has to say of the frame; of each resource it is said again where the exchange is checked."""
    found = check(sent.resource)
    if refusing(found):
        other = by_elements(found, sent.resource)
        raise other or NotConformant("fhir-not-valid", issues=[shown(_placed(issue, sent)) for issue in found])
    return [_placed(issue, sent) for issue in found if sent.is_bundle and ".resource" not in issue.expression]


def _placed(issue: Issue, sent: Sent) -> Issue:
    """With the path from the beginning of the payload."""
    kind = str(sent.resource["resourceType"])
    return replace(issue, expression=sent.at + issue.expression.removeprefix(kind)) if sent.at != kind else issue


def _made(entry: Entry, identifier: str, links: Links, facility: Profile, ledger: Ledger) -> Resource:
    written = Rewriting(entry, links, facility.code, ledger).resource()
    written = without_servers_own(entry, written, ledger)
    made: Resource = {"resourceType": entry.kind, "id": identifier}
    made.update((name, item) for name, item in written.items() if name not in made)
    number = own_number(entry, facility.code)
    if number is not None:
        if takes_numbers(entry.kind):
            made["identifier"] = [*made.get("identifier", ()), number]
        else:
            ledger.leave(f"{entry.at}.id", "the sender's id of a resource that R4 gives no list of identifiers")
    return made


def _lineage(where: str, entry: Entry, made: Resource, source: str) -> Iterator[tuple[str, str]]:
    """Each leaf has the place it stood at; the id here, and the identifier made of the sender's, have its id."""
    yield f"{where}.id", source or entry.at
    for name, item in made.items():
        if name not in ("id", "resourceType"):
            yield from _leaves(
                item, entry.resource.get(name), f"{where}.{name}", f"{entry.at}.{name}", f"{entry.at}.id"
            )


def _leaves(value: Any, was: Any, where: str, at: str, otherwise: str) -> Iterator[tuple[str, str]]:
    """``was``: what stood there; ``otherwise``: where that came from which did not stand there."""
    if isinstance(value, dict):
        before = was if isinstance(was, dict) else {}
        if "reference" in before:
            otherwise = f"{at}.reference"
        for name, item in value.items():
            yield from _leaves(item, before.get(name), f"{where}.{name}", f"{at}.{name}", otherwise)
    elif isinstance(value, list):
        before_all = was if isinstance(was, list) else []
        for index, item in enumerate(value):
            stood = before_all[index] if index < len(before_all) else None
            yield from _leaves(item, stood, f"{where}[{index}]", f"{at}[{index}]", otherwise)
    else:
        yield where, at if was is not None or value is None else otherwise
