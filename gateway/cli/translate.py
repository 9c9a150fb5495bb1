"""``gateway translate``: payloads to FHIR, storing nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from gateway.adapter import (
    DefaultProfile,
    MappingText,
    Payload,
    Profile,
    Record,
    SourceAdapter,
    SourceSignature,
    translate,
)
from gateway.binding import Binding
from gateway.cli.large import HEAD, opened, records_of
from gateway.cli.mapping_file import checked, read_mapping
from gateway.cli.say import existing, language, line
from gateway.errors import GatewayError, NotConformant, SettingsError
from gateway.facility import CODE, Facility
from gateway.installed import running_adapters
from gateway.mapping.made_by import with_file_told
from gateway.outcome import operation_outcome, refusing
from gateway.profile_sources import profiles_in_force
from gateway.r4 import check
from gateway.r4.profiles import Profiles
from gateway.settings import Settings, read_settings
from gateway.terminology.standards import standardised
from gateway.terminology.terms import NOTHING_DECIDED, Terms
from gateway.terminology.terms import profile as known_profile
from gateway.whence import whence

if TYPE_CHECKING:
    from gateway.senders import Sender
    from gateway.source_signature import Attested


@dataclass(frozen=True, slots=True)
class _How:
    """How payloads are read: by whom, whose they are, what is decided of them, what the result is held to.

    ``name``: the adapter asked for, "" for whichever recognises a payload.
    """

    adapters: Binding
    name: str
    profile: Profile
    sender: Facility
    terms: Terms
    mappings: Sequence[MappingText]
    profiles: Profiles


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--adapter", default="", help="The adapter to use; without it the one that recognises the payload.")
@click.option("--facility", "code", default="", help="Facility code; without it the payload's own.")
@click.option("--mapping", "files", multiple=True, callback=existing,
              help="A mapping file to read by, in place of those registered for its adapter.")  # fmt: skip
@click.argument("paths", nargs=-1, required=True, callback=existing)
def command(adapter: str, code: str, files: tuple[str, ...], paths: tuple[str, ...]) -> None:
    """Payloads to FHIR R4, storing nothing: a JSON line a record.

    Exit 0 when all are translated, 1 when any is held or refused, 2 for wrong usage.

    Example: gateway translate adapters/hl7v2/samples/lab-hematology.hl7
    """
    if code and not CODE.match(code):
        raise click.BadParameter("letters, digits, dot, dash or underscore, at most 32", param_hint="--facility")
    running = {one.name: one for one in running_adapters(read_settings().adapters)}
    if adapter and adapter not in running:
        raise click.BadParameter(f"not running: {adapter}; there are {', '.join(running)}", param_hint="--adapter")
    given = [read_mapping(path) for path in files]
    for file in given:
        checked(file, None, read_settings().adapters)  # what is wrong in it is wrong usage, and no payload's fault
    how = _how(Binding(running.values()), adapter, code, given)
    clean = True
    for path in paths:
        with opened(path) as data:
            for told in _lines(path, data, how):
                line(told)
                clean = clean and told["bundle"] is not None and not told["held"]
    sys.exit(0 if clean else 1)


def _how(adapters: Binding, name: str, code: str, given: Sequence[MappingText]) -> _How:
    """The facility as registered here, if it is, and what is decided of it; a stranger by the defaults."""
    profiles = profiles_in_force(read_settings().profiles)
    found = _registered(code, read_settings()) if code else None
    if found is None:
        profile = DefaultProfile(code)
        sender = Facility(code, utc_offset=profile.utc_offset)
        return _How(adapters, name, profile, sender, NOTHING_DECIDED, given, profiles)
    mappings = [*given, *(one for one in found.mappings if one.adapter not in {file.adapter for file in given})]
    known = known_profile(found.facility, found.terms)
    return _How(adapters, name, known, found.facility, found.terms, mappings, profiles)


def _lines(path: str, data: bytes | BinaryIO, how: _How) -> Iterator[dict[str, Any]]:
    """What ``translate`` says of one payload, a value a record; of a large file as it is read."""
    chosen: SourceAdapter | None = None
    try:
        payload = Payload(data if isinstance(data, bytes) else data.read(HEAD))
        chosen = how.adapters.choose(payload, how.name, files=how.mappings)
        for record in records_of(path, chosen, data):
            yield _told(path, chosen, record, how)
    except GatewayError as refused:
        yield _refused(path, chosen.name if chosen else how.name, refused)


def _told(path: str, chosen: SourceAdapter, record: Record, how: _How) -> dict[str, Any]:
    proof = _proof(chosen, record.signature, how.sender)
    source = path if record.position == 1 else f"{path}#{record.position}"
    own = how.profile if how.profile.code else DefaultProfile(record.facility)
    try:
        standard = standardised(with_file_told(translate(chosen, record, own), chosen, own.code), how.terms)
        made = standard.translation
        bundle = made.bundle()
        found = whence(check(bundle, profiles=how.profiles), bundle, made.lineage)
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
        **({"mapping": made.mapping} if made.mapping else {}),
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


def _registered(code: str, settings: Settings) -> Sender | None:
    """None when it is not registered here, or nothing is: no database is made to find that out."""
    from gateway.senders import Senders  # these load only with --facility
    from gateway.store import open_store, parsed_url
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
            return Senders().read(connection, code)
    finally:
        store.close()
