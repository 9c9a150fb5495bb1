"""A person's imaging studies with their reports and archives; and reports whose images nobody told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.bundle import Resource
from gateway.jsontext import loads_stored
from gateway.prior.facts import withheld
from gateway.prior.found import Around, Found, parsed, performers, worse
from gateway.prior.people import People
from gateway.reuse.concepts import codes_of
from gateway.reuse.question import DCM
from gateway.reuse.reading import prior_report
from gateway.reuse.result import Code
from gateway.reuse.study_reading import STUDY_UID, endpoint_references, prior_study
from gateway.reuse.taken import moment_of
from gateway.store import Connection, prior
from gateway.store.prior import Kept

MOST_STUDIES = 200  # of one person, the last that came
_ANY_TIME = datetime.max.replace(tzinfo=UTC)
_SPEAKS = ("final", "amended", "corrected", "appended")  # before a report that is not final


def studies(
    connection: Connection, people: People, codes: frozenset[Code], around: Around
) -> tuple[list[Found], dict[Code, datetime]]:
    """Every study, and the reports of one of the codes that belong to none of them; and by code or modality, until when
    something was done that may not be shown."""
    kept = sorted(prior.studies(connection, people.keys), key=lambda one: one.updated, reverse=True)[:MOST_STUDIES]
    resources: dict[int, Resource] = {one.rid: loads_stored(one.body) for one in kept}
    beside = around.beside(connection, kept, resources)
    reports = _reports(connection, kept, resources)
    wanted = {(0, name) for one in kept for name in endpoint_references(resources[one.rid])}
    endpoints = {name: loads_stored(body) for name, body in prior.named(connection, wanted).items()}
    found = []
    for one in kept:
        own = reports.get(one.rid, [])
        read = prior_study(
            resources[one.rid], beside[one.rid], reports=[report for _, report in own], endpoints=endpoints
        )
        signature = worse(read.signature, *(around.today.of_key(report) for report, _ in own[:1]))
        found.append(Found(replace(read, signature=signature), one, resources[one.rid], tuple(own[:1])))
    placed = {report.rid for own in reports.values() for report, _ in own}
    timed = prior.timed(connection, people.keys, codes, "DiagnosticReport")
    rows = {(one.person, one.row) for listed in timed.values() for one in listed if not one.apart}
    alone = _alone(connection, {row for row in rows if row[1] not in placed}, around)
    return found + alone, withheld(timed) | _withheld_studies(connection, people)


def _withheld_studies(connection: Connection, people: People) -> dict[Code, datetime]:
    """By the examination's codes; of one without any, by modality."""
    until: dict[Code, datetime] = {}
    for study in (loads_stored(body) for body in prior.studies_apart(connection, people.keys)):
        modalities = [one for one in study.get("modality", ()) if isinstance(one, dict)]
        done = moment_of(study.get("started"))
        last = _ANY_TIME if done is None else done[1]
        named = codes_of(*study.get("procedureCode", ())) or {(DCM, one.get("code", "")) for one in modalities}
        until |= {code: max(last, until.get(code, last)) for code in named}
    return until


def _reports(
    connection: Connection, kept: Sequence[Kept], resources: Mapping[int, Resource]
) -> dict[int, list[tuple[Kept, Resource]]]:
    """By the study's row, the one that speaks for it first: what names the study, or bears its accession number."""
    references = {f"ImagingStudy/{one.id}": one for one in kept}
    numbers = {
        (one.person, name, system, value): one for one in kept for name, system, value in _numbers(resources[one.rid])
    }
    by_reference = prior.reports_of(connection, {(one.person, name) for name, one in references.items()}, "study")
    by_number = prior.reports_numbered(connection, numbers)
    rows: dict[int, set[int]] = {one.rid: set(by_reference.get(name, ())) for name, one in references.items()}
    for (_, _, system, value), one in numbers.items():
        rows[one.rid] |= set(by_number.get((system, value), ()))
    people = {rid: one.person for one in kept for rid in rows[one.rid]}
    read = {
        one.rid: (one, loads_stored(one.body))
        for one in prior.kept(connection, {(who, rid) for rid, who in people.items()})
    }
    return {
        study: sorted((read[rid] for rid in rids if rid in read), key=_speaking, reverse=True)
        for study, rids in rows.items()
    }


def _numbers(study: Resource) -> list[tuple[str, str, str]]:
    """(element of the report, system, value): the UID by which a report names it, the accession number both bear."""
    found = []
    for one in study.get("identifier", ()):
        system, value = one.get("system", ""), one.get("value", "")
        if system == STUDY_UID:
            found.append(("study", system, value))
        if "ACSN" in {coding.get("code") for coding in one.get("type", {}).get("coding", ())} and value:
            found.append(("identifier", system, value))
    return found


def _speaking(report: tuple[Kept, Resource]) -> tuple[bool, str, int]:
    kept, resource = report
    return resource.get("status") in _SPEAKS, str(resource.get("issued", "")), kept.rid


def _alone(connection: Connection, rows: set[tuple[int, int]], around: Around) -> list[Found]:
    """``rows``: (person, row) of reports that no study has."""
    kept = prior.kept(connection, rows)
    resources: dict[int, Resource] = {one.rid: loads_stored(one.body) for one in kept}
    beside = around.beside(connection, kept, resources)
    named = around.named(connection, kept, resources)
    found = []
    for one in kept:
        resource = resources[one.rid]
        did = [parsed(named[name]) for name in performers(resource) if name in named]
        found.append(Found(prior_report(resource, beside[one.rid], performers=did), one, resource))
    return found
