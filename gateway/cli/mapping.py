"""``gateway mapping``: the mapping files that say how a facility's own tables and records are read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import unified_diff
from typing import Any

import click

from gateway.adapter import MappingText
from gateway.cli.mapping_again import retranslate, trial
from gateway.cli.mapping_file import checked, login, read_mapping
from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, words
from gateway.errors import NotFound
from gateway.facility import Facility
from gateway.store import Connection, audit, facilities, mapping_files
from gateway.store.mapping_files import Registered

_facility = click.option("--facility", default="", help="The facility whose it is; without it, every facility's.")
_why = click.option("--reason", default="", help="Why; it stands in the history and the audit trail.")
_who = click.option("--by", "who", default="", help="Who decided; without it, the login name.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Mapping files: how a facility's tables and records become FHIR.

    Example: gateway mapping list --facility 79001
    """


command.add_command(trial)
command.add_command(retranslate)


@command.command("add")
@click.argument("path", metavar="FILE")
@_facility
@_who
@_why
def add(path: str, facility: str, who: str, reason: str) -> None:
    """Check a mapping file and put it in force: the facility's next payload is read by it, what was made stays.

    A version once registered is one text for ever: a changed file needs another version. One that was registered before
    is put in force again.

    Example: gateway mapping add xn-huyen.toml --facility 79001 --reason "the laboratory's new export"
    """
    file = read_mapping(path)
    by = who.strip() or login()

    def work(connection: Connection) -> Registered | None:
        made = mapping_files.register(connection, facility, file, by=by, reason=reason, now=now())
        if made is not None:
            _note(connection, "mapping-registered", made, file)
        return made

    with house() as open_house:
        with open_house.store.read() as connection:
            owner = _known(connection, facility)
        checked(file, owner, open_house.settings.adapters)
        made = open_house.store.write(work)
        with open_house.store.read() as connection:
            line(_told(made or mapping_files.history(connection, facility, file.name)[-1]))
    if made is None:
        words(f"gateway: {file.name} {file.version} is in force already")


@command.command("list")
@_facility
@click.option("--all", "everything", is_flag=True, help="The whole history: what was replaced or taken back, too.")
def list_them(facility: str, everything: bool) -> None:
    """The mapping files in force, a line each: whose, who registered it, when and why.

    Example: gateway mapping list --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        _known(connection, facility)
        found = mapping_files.history(connection)
    for one in found if everything else mapping_files.standing(found):
        if not facility or one.facility in ("", facility):
            line(_told(one))


@command.command("show")
@click.argument("name")
@_facility
@click.option("--version", default="", help="This version; without it, the one in force.")
def show(name: str, facility: str, version: str) -> None:
    """A registered mapping file, as it was written.

    Example: gateway mapping show xn-huyen --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        file = _version(mapping_files.history(connection, facility, name), name, version)
    sys.stdout.buffer.write(file.text.encode())
    sys.stdout.buffer.flush()


@command.command("diff")
@click.argument("name")
@_facility
@click.option("--from", "older", default="", help="This version; without it, the one before the other.")
@click.option("--to", "newer", default="", help="This version; without it, the one in force.")
@click.option("--file", "path", default="", help="What a file not yet registered would change.")
def diff(name: str, facility: str, older: str, newer: str, path: str) -> None:
    """What changed between two versions of a mapping file, line by line; nothing where they are alike.

    Example: gateway mapping diff xn-huyen --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        told = mapping_files.history(connection, facility, name)
    after = read_mapping(path) if path else _version(told, name, newer)
    before = _version(told, name, older) if older or path else _one_before(told, after)
    lines = unified_diff(
        before.text.splitlines() if before else [],
        after.text.splitlines(),
        f"{before.name} {before.version}" if before else "nothing",
        f"{after.name} {after.version}",
        lineterm="",
    )
    for text in lines:
        click.echo(text)


@command.command("remove")
@click.argument("name")
@_facility
@_who
@_why
def remove(name: str, facility: str, who: str, reason: str) -> None:
    """Take a mapping file out of force; its versions stay in the history, and what was made by them stays.

    Example: gateway mapping remove xn-huyen --facility 79001 --reason "the laboratory sends HL7 now"
    """
    by = who.strip() or login()

    def work(connection: Connection) -> Registered:
        made, gone = mapping_files.remove(connection, facility, name, by=by, reason=reason, now=now())
        _note(connection, "mapping-removed", made, gone)
        return made

    with house() as open_house:
        line(_told(open_house.store.write(work)))


def _known(connection: Connection, facility: str) -> Facility | None:
    """NotFound for one that is not registered; None for every facility."""
    found = facilities.get_facility(connection, facility) if facility else None
    if facility and found is None:
        raise NotFound("facility-unknown", name=facility)
    return found


def _version(told: Sequence[Registered], name: str, version: str) -> MappingText:
    """The one of that version, or the one in force."""
    if not version:
        if not told or told[-1].file is None:
            raise NotFound("mapping-unknown", name=name)
        return told[-1].file
    for one in told:
        if one.file is not None and one.file.version == version:
            return one.file
    raise NotFound("mapping-version-unknown", name=name, version=version)


def _one_before(told: Sequence[Registered], after: MappingText) -> MappingText | None:
    """What was registered before a version came last; None where nothing was."""
    files = [one.file for one in told if one.file is not None]
    while files and files.pop() != after:
        pass
    return files[-1] if files else None


def _told(one: Registered) -> dict[str, Any]:
    """A line of what was registered or removed; ``version`` is null for what takes a file back."""
    return {
        "number": one.number,
        "facility": one.facility or None,
        "name": one.name,
        "version": one.file.version if one.file else None,
        "adapter": one.file.adapter if one.file else None,
        "sha256": one.file.sha256 if one.file else None,
        "by": one.by,
        "at": one.at,
        "reason": one.reason,
    }


def _note(connection: Connection, action: str, made: Registered, file: MappingText) -> None:
    detail = {
        "facility": made.facility, "by": made.by, "reason": made.reason, "adapter": file.adapter, "mapping": file.label,
    }  # fmt: skip
    audit.append(connection, made.at, ACTOR, action, "", detail)
