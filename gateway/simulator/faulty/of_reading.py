"""Faults of read, vread and history."""

from __future__ import annotations

from dataclasses import replace

from gateway.simulator.faulty.fault import EMPTY, FHIR, NOT_FOUND, Asked, Forward, Told, broken, outcome


@broken("read-other", "READ-1", "a read gives another resource of the type than was asked for")
def read_other(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return told.saying(told.json | {"id": "another"}) if asked.is_read and told.status == 200 else told


@broken("no-etag", "READ-2", "a read names no version in ETag")
def no_etag(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(etag=None)


@broken("unknown-id-empty", "READ-3", "an id that is not there is answered with 200 and an empty Bundle")
def unknown_id_empty(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return EMPTY if asked.is_read and told.status == 404 and len(asked.steps[1]) == 36 else told


@broken("bad-id-crashes", "READ-4", "an id that R4 does not allow is a fault of the server")
def bad_id_crashes(asked: Asked, forward: Forward) -> Told:
    if asked.is_read and len(asked.steps[1]) > 64:
        return Told(500, FHIR, outcome("exception"))
    return forward(asked)


@broken("vread-other", "READ-5", "a version is shown with a status it never had")
def vread_other(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return told.saying(told.json | {"language": "la"}) if asked.is_vread and told.status == 200 else told


@broken("unknown-version-current", "READ-6", "the current version is given for one that is not there")
def unknown_version_current(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if asked.is_vread and told.status == 404:
        return forward(replace(asked, target="/fhir/" + "/".join(asked.steps[:2])))
    return told


@broken("history-miscounted", "READ-7", "the total of a history is one too many")
def history_miscounted(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.is_history or told.status != 200:
        return told
    bundle = {name: value for name, value in told.json.items() if name != "link"}
    return told.saying(bundle | {"total": bundle["total"] + 1})


@broken("history-of-nothing", "READ-8", "the history of an id that is not there is an empty Bundle")
def history_of_nothing(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return EMPTY if asked.is_history and told.status == 404 else told


@broken("digits-lost", "READ-9", "a read writes 5.10 as 5.1")
def digits_lost(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return replace(told, body=told.body.replace(b'"value":5.10', b'"value":5.1')) if asked.is_read else told


@broken("nothing-there", "READ-1", "a read finds nothing of what a search found")
def nothing_there(asked: Asked, forward: Forward) -> Told:
    return NOT_FOUND if asked.is_read else forward(asked)
