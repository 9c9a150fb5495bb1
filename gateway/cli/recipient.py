"""``gateway recipient``: another gateway or FHIR system to deliver to, and whose receipts to believe."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import click

from gateway.cli.client import read_client
from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, read_input
from gateway.errors import NotFound
from gateway.facility import CODE, Recipient
from gateway.store import Connection, audit, facilities
from gateway.trust import trustfile
from gateway.trust.client_key import GivenClient


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Other gateways and systems to deliver to.

    Example: gateway recipient list
    """


def _name(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not CODE.match(text):
        raise click.BadParameter("letters, digits, dot, dash or underscore, at most 32")
    return text


def _url(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        usable = False
    if not usable or not text.isascii() or any(sign.isspace() for sign in text):
        raise click.BadParameter("a URL like https://city.example, without query or user")
    return text.rstrip("/")


@command.command("add")
@click.argument("name", callback=_name)
@click.option("--url", required=True, callback=_url, help="Its base URL, https (http only on this machine).")
@click.option("--trust", required=True, help="Its trust file (`gateway key export` there): whose receipts to believe.")
@click.option("--client", default="", help="What its `facility add` printed for us: our client id and key there.")
@click.option("--facility", default="", help="Its facility code, so that a payload may name it.")
@click.option("--basis", default="", help="The legal basis of delivering what a payload addresses to it.")
def add(name: str, url: str, trust: str, client: str, facility: str, basis: str) -> None:
    """Register a recipient; nothing is delivered to it without a subscription or a payload that names it.

    Example: gateway recipient add city --url https://city.example --trust city-trust.json --client city-client.json
    """
    from gateway.transport import check_url  # loads only when it is asked

    check_url(url)
    believed = trustfile.read(read_input(trust))
    there = read_client(client, "--client") if client else GivenClient("", (), {})
    with house() as open_house:
        made = Recipient(
            name=name,
            url=url,
            trust=believed.as_json(),
            client_id=there.client_id,
            private_jwk=open_house.keyring.sealed(there.private_jwk),
            facility=facility,
            basis=basis,
        )

        def work(connection: Connection) -> None:
            facilities.add_recipient(connection, made, now())
            audit.append(connection, now(), ACTOR, "recipient-added", basis, {"recipient": name})

        open_house.store.write(work)
        line(replace(made, private_jwk={}))


@command.command("change")
@click.argument("name")
@click.option("--url", default=None, callback=lambda ctx, param, text: text and _url(ctx, param, text), help="Its URL.")
@click.option("--trust", default="", help="Its newer trust file, after it changed or revoked a key.")
@click.option("--client", default="", help="Our new client id and key there.")
@click.option("--facility", default=None, help="Its facility code.")
@click.option("--basis", default=None, help="The legal basis of delivering what a payload addresses to it.")
def change(name: str, url: str | None, trust: str, client: str, facility: str | None, basis: str | None) -> None:
    """Change where a recipient is, whose receipts to believe, or our client there.

    Example: gateway recipient change city --trust city-trust.json
    """
    from gateway.transport import check_url  # loads only when it is asked

    if url is not None:
        check_url(url)
    believed = trustfile.read(read_input(trust)).as_json() if trust else None
    there = read_client(client, "--client") if client else None
    with house() as open_house:
        sealed = open_house.keyring.sealed(there.private_jwk) if there else None

        def work(connection: Connection) -> Recipient:
            known = facilities.get_recipient(connection, name)
            if known is None:
                raise NotFound("recipient-unknown", name=name)
            changed = replace(
                known,
                url=known.url if url is None else url,
                trust=known.trust if believed is None else believed,
                client_id=known.client_id if there is None else there.client_id,
                private_jwk=known.private_jwk if sealed is None else sealed,
                facility=known.facility if facility is None else facility,
                basis=known.basis if basis is None else basis,
            )
            facilities.replace_recipient(connection, changed)
            audit.append(connection, now(), ACTOR, "recipient-changed", changed.basis, {"recipient": name})
            return changed

        line(replace(open_house.store.write(work), private_jwk={}))


@command.command("list")
def list_them() -> None:
    """Every recipient, a line each, without its private key.

    Example: gateway recipient list
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in facilities.list_recipients(connection):
            line(replace(one, private_jwk={}))
