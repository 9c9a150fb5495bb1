"""``gateway user``: people who sign in to the pages."""

from __future__ import annotations

import re
import sys

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, words
from gateway.console.password import LONGEST, SHORTEST, generated, hashed
from gateway.errors import NotFound
from gateway.store import Connection, audit, facilities, users
from gateway.store.users import User

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}\Z")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """People who sign in to the pages at /console.

    Example: gateway user list
    """


def _name(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not _NAME.match(text):
        raise click.BadParameter("small letters, digits, dot, dash, underscore or @, at most 64")
    return text


_ask = click.option("--ask", is_flag=True, help="Ask for a password (one line of stdin) instead of making one.")


@command.command("add")
@click.argument("name", callback=_name)
@click.option("--facility", required=True, help="Code of the facility where they work.")
@click.option("--role", type=click.Choice(["clinician"]), default="clinician", show_default=True, help="What they do.")
@_ask
def add(name: str, facility: str, role: str, ask: bool) -> None:
    """Register somebody. Their password is printed once and kept nowhere here.

    Example: gateway user add bs.an --facility 79001
    """
    password = _asked() if ask else generated()
    kept = hashed(password)
    with house() as open_house:

        def work(connection: Connection) -> None:
            if facilities.get_facility(connection, facility) is None:
                raise NotFound("facility-unknown", name=facility)
            users.add_user(connection, User(name, facility, role, now()), kept)
            audit.append(connection, now(), ACTOR, "user-added", "", {"user": name, "facility": facility, "role": role})

        open_house.store.write(work)
        page = f"{open_house.settings.public_url}/console/patients"
    line({"user": name, "facility": facility, "role": role, "page": page} | ({} if ask else {"password": password}))


@command.command("list")
def list_them() -> None:
    """Everybody who may sign in, a line each.

    Example: gateway user list
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in users.list_users(connection):
            line(one)


@command.command("password")
@click.argument("name", callback=_name)
@_ask
def password(name: str, ask: bool) -> None:
    """Give somebody a new password, printed once; whatever sessions they have end.

    Example: gateway user password bs.an
    """
    made = _asked() if ask else generated()
    kept = hashed(made)
    with house() as open_house:

        def work(connection: Connection) -> None:
            users.change_password(connection, name, kept)
            audit.append(connection, now(), ACTOR, "user-password-changed", "", {"user": name})

        open_house.store.write(work)
    line({"user": name} | ({} if ask else {"password": made}))


@command.command("remove")
@click.argument("name", callback=_name)
def remove(name: str) -> None:
    """Somebody signs in no longer; whatever sessions they have end. What they did stays in the audit trail.

    Example: gateway user remove bs.an
    """
    with house() as open_house:

        def work(connection: Connection) -> None:
            users.remove_user(connection, name)
            audit.append(connection, now(), ACTOR, "user-removed", "", {"user": name})

        open_house.store.write(work)
    line({"user": name, "removed": True})


def _asked() -> str:
    """Typed without being shown at a terminal, else the first line of stdin."""
    if sys.stdin.isatty():
        typed = str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST <= len(typed) <= LONGEST:
        raise click.UsageError(f"a password has {SHORTEST} to {LONGEST} characters")
    words("The password is kept hashed.")
    return typed
