"""``gateway key``: signing keys, certificates, and the public trust file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, read_input, words, written_file
from gateway.errors import NotFound, SettingsError
from gateway.store import facilities
from gateway.trust import trustfile
from gateway.trust.keys import import_key

_DASHED_KID = re.compile(r"-[A-Za-z0-9_-]{42}\Z")  # the base64url of a SHA-256 has 43 signs


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Signing keys, certificates, and the public trust file.

    Example: gateway key export > trust.json
    """


@command.command("list")
def list_them() -> None:
    """Every key, retired and revoked ones too, a line each; no private part.

    Example: gateway key list
    """
    with house() as open_house:
        for key in open_house.keyring.own_keys():
            line(
                {
                    "kid": key.kid,
                    "facility": key.facility,
                    "from": key.valid_from,
                    "to": key.valid_to,
                    "active": key.active,
                    "revoked": key.revoked_at,
                    "reason": key.reason,
                }
            )


@command.command("new")
@click.argument("facility")
def new(facility: str) -> None:
    """A new signing key for a facility, certified by the gateway's pilot authority; it signs from now on.

    Example: gateway key new 79001
    """
    _issue(facility)


@command.command("rotate")
@click.argument("facility")
def rotate(facility: str) -> None:
    """Change a facility's signing key; what the former one signed stays good.

    Example: gateway key rotate 79001
    """
    _issue(facility)


def _issue(code: str) -> None:
    with house() as open_house:
        with open_house.store.read() as connection:
            found = facilities.get_facility(connection, code)
        if found is None:
            raise NotFound("facility-unknown", name=code)
        made = open_house.keyring.issue(code, found.name, actor=ACTOR)
        line({"kid": made.kid, "facility": code, "from": made.valid_from, "to": made.valid_to})


@command.command("import")
@click.argument("path")
@click.option("--facility", default="", help="The facility a private key signs for.")
@click.option("--chain", default="", help="PEM file of its certificates, leaf first, when they stand apart.")
@click.option("--passphrase-file", default="", help="File with the passphrase of the private key.")
@click.option("--name", default="", help="What to call another gateway's trust file; without it, the file's name.")
def import_it(path: str, facility: str, chain: str, passphrase_file: str, name: str) -> None:
    """A facility's own key (PEM, with --facility), or another gateway's trust file (JSON), to believe its messages.

    Example: gateway key import city-trust.json --name city-hospital
    """
    given = read_input(path)
    with house() as open_house:
        if given.lstrip()[:1] == b"{":
            file = trustfile.read(given)
            called = name or Path(path).stem
            open_house.keyring.import_trust(called, file, actor=ACTOR)
            line({"trust": called, "facilities": sorted({one.facility for one in file.bindings})})
            return
        if not facility:
            raise click.UsageError("a private key needs --facility")
        with open_house.store.read() as connection:
            if facilities.get_facility(connection, facility) is None:
                raise NotFound("facility-unknown", name=facility)
        try:
            text = given.decode("ascii")
            certificates = read_input(chain).decode("ascii") if chain else text
            passphrase = read_input(passphrase_file).decode().rstrip("\r\n") if passphrase_file else None
        except UnicodeDecodeError:
            raise SettingsError("key-unreadable") from None
        secret = open_house.keyring.secret
        made = import_key(text, certificates, facility, passphrase=passphrase, keep_with=secret)
        open_house.keyring.keep(made, actor=ACTOR)
        line({"kid": made.kid, "facility": facility, "from": made.valid_from, "to": made.valid_to})


class _ByKid(click.Command):
    """One key id in 64 begins with a dash, being base64url: it is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        dashed = [word for word in args if _DASHED_KID.match(word)]
        rest = [word for word in args if word not in dashed]
        return super().parse_args(ctx, [*rest, "--", *dashed] if dashed else rest)


@command.command("revoke", cls=_ByKid)
@click.argument("kid")
@click.option("--reason", required=True, help="Why; it stands in the trust file.")
def revoke(kid: str, reason: str) -> None:
    """From now on the key neither signs nor is believed. Give its facility a new one, and send out the trust file.

    Example: gateway key revoke KID --reason "the computer was stolen"
    """
    with house() as open_house:
        open_house.keyring.revoke(kid, reason, actor=ACTOR)
        line({"kid": kid, "revoked": now()})
        words("Send the new trust file (gateway key export) to everyone who has the old one.")


@command.command("export")
@click.option("--output", default="-", help="File to write; without it, stdout.")
def export(output: str) -> None:
    """The public trust file: certificates, facility bindings with their dates, revocations, the date of the file.

    Example: gateway key export --output trust.json
    """
    with house() as open_house:
        written = open_house.keyring.public_trust().as_bytes() + b"\n"
    if output == "-":
        sys.stdout.buffer.write(written)
    else:
        written_file(output, written)
