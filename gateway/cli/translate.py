"""``gateway translate``: payloads to FHIR, storing nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from gateway.adapter import DefaultProfile, Payload, Profile, Record, SourceAdapter, SourceSignature, choose, translate
from gateway.cli.large import HEAD, opened, records_of
from gateway.cli.say import existing, language, line
from gateway.errors import GatewayError, NotConformant, SettingsError
from gateway.facility import CODE, Facility
from gateway.installed import running_adapters
from gateway.outcome import operation_outcome, refusing
from gateway.profile_sources import profiles_in_force
from gateway.r4 import check
from gateway.r4.profiles import Profiles
from gateway.settings import Settings, read_settings
from gateway.terminology.standards import standardised
from gateway.terminology.terms import NOTHING_DECIDED, Terms, terms
from gateway.terminology.terms import profile as known_profile
from gateway.whence import whence

if TYPE_CHECKING:
    from gateway.source_signature import Attested


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--adapter", default="", help="The adapter to use; without it the one that recognises the payload.")
@click.option("--facility", "code", default="", help="Facility code; without it the payload's own.")
@click.argument("paths", nargs=-1, required=True, callback=existing)
def command(adapter: str, code: str, paths: tuple[str, ...]) -> None:
    """Payloads to FHIR R4, storing nothing: a JSON line a record.

    Exit 0 when all are translated, 1 when any is held or refused, 2 for wrong usage.

    Example: gateway translate adapters/hl7v2/samples/lab-hematology.hl7
    """
    if code and not CODE.match(code):
        raise click.BadParameter("letters, digits, dot, dash or underscore, at most 32", param_hint="--facility")
    running = running_adapters(read_settings().adapters)
    if adapter and adapter not in (names := [one.name for one in running]):
        raise click.BadParameter(f"not running: {adapter}; there are {', '.join(names)}", param_hint="--adapter")
    (profile, known, facility), profiles = _sender(code), profiles_in_force(read_settings().profiles)
    clean = True
    for path in paths:
        with opened(path) as data:
            for told in lines(path, data, running, adapter, profile, profiles, known, facility):
                line(told)
                clean = clean and told["bundle"] is not None and not told["held"]
    sys.exit(0 if clean else 1)


def lines(
    path: str,
    data: bytes | BinaryIO,
    running: list[SourceAdapter],
    name: str,
    profile: Profile,
    profiles: Profiles,
    known: Terms = NOTHING_DECIDED,
    facility: Facility | None = None,
) -> Iterator[dict[str, Any]]:
    """What ``translate`` says of one payload, a value a record; of a large file as it is read."""
    chosen: SourceAdapter | None = None
    sender = facility or Facility(profile.code, utc_offset=profile.utc_offset)
    try:
        chosen = choose(running, Payload(data if isinstance(data, bytes) else data.read(HEAD)), name)
        for record in records_of(path, chosen, data):
            yield _told(path, chosen, record, sender, profile, profiles, known)
    except GatewayError as refused:
        yield _refused(path, chosen.name if chosen else name, refused)


def _told(
    path: str,
    chosen: SourceAdapter,
    record: Record,
    sender: Facility,
    profile: Profile,
    profiles: Profiles,
    known: Terms,
) -> dict[str, Any]:
    proof = _proof(chosen, record.signature, sender)
    source = path if record.position == 1 else f"{path}#{record.position}"
    own = profile if profile.code else DefaultProfile(record.facility)
    try:
        standard = standardised(translate(chosen, record, own), known)
        made = standard.translation
        bundle = made.bundle()
        found = whence(check(bundle, profiles=profiles), bundle, made.lineage)
        issues = [*(proof.issues if proof else ()), *made.issues, *found]
        if refusing(issues):
            raise NotConformant("record-not-valid", issues=issues)
    except GatewayError as refused:
        return _refused(source, chosen.name, refused)
    return {
        "source": source,
        "adapter": chosen.name,
        "held": made.held or bool(proof and proof.holds),
        "bundle": bundle,
        "outcome": operation_outcome(issues, language()),
        "unplaced": [one.as_json() for one in made.unplaced],
        "lineage": dict(made.lineage),
        **({"signature": proof.as_json()} if proof else {}),
        **({"decisions": standard.decisions} if standard.decisions else {}),
    }


def _proof(chosen: SourceAdapter, signature: SourceSignature | None, facility: Facility) -> Attested | None:
    """The verdict on the payload's own signature; a facility that is not registered here names no authority."""
    if not chosen.signs:
        return None
    from gateway.cli.clock import now  # these load only where a payload may be signed
    from gateway.source_signature import attested

    return attested(signature, facility, now())


def _refused(source: str, adapter: str, refused: GatewayError) -> dict[str, Any]:
    return {
        "source": source,
        "adapter": adapter or None,
        "held": False,
        "bundle": None,
        "outcome": operation_outcome(refused.issues, language()),
        "unplaced": [],
        "lineage": {},
    }


def _sender(code: str) -> tuple[Profile, Terms, Facility | None]:
    """The facility as registered here, if it is, and what is decided of its vocabulary; a stranger by the defaults."""
    found = _registered(code, read_settings()) if code else None
    if found is None:
        return DefaultProfile(code), NOTHING_DECIDED, None
    facility, known = found
    return known_profile(facility, known), known, facility


def _registered(code: str, settings: Settings) -> tuple[Facility, Terms] | None:
    """None when it is not registered here, or nothing is: no database is made to find that out."""
    from gateway.store import facilities, open_store, parsed_url, vocabulary  # loads only with --facility
    from gateway.store.schema import state

    place = parsed_url(settings.url, settings.data_dir)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).is_file():
        return None
    tables = state(settings.url, data_dir=settings.data_dir)
    if tables == "empty":
        return None
    if tables == "older":
        raise SettingsError("store-older", command="gateway db upgrade")
    store = open_store(settings.url, data_dir=settings.data_dir)
    try:
        with store.read() as connection:
            found = facilities.get_facility(connection, code)
            if found is None:
                return None
            own, of_all = (vocabulary.decisions_of(connection, owner) for owner in (code, ""))
            return found, terms(own, of_all)
    finally:
        store.close()
