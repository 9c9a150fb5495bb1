"""``gateway cds-client``: hospital software that calls CDS Hooks, with the keys it signs its calls with."""

from __future__ import annotations

from dataclasses import replace

import click

from gateway.cli.client import read_public_keys
from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line
from gateway.errors import NotFound
from gateway.facility import DEFAULT_BASIS, Client
from gateway.store import Connection, audit, facilities


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Hospital software that asks by CDS Hooks whether results may be used again.

    Example: gateway cds-client list
    """


def _issuer(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not text.isascii() or not text.isprintable() or not 0 < len(text) <= 200 or " " in text:
        raise click.BadParameter("as the client writes it into iss: printable ASCII, at most 200 characters")
    return text


@command.command("add")
@click.argument("issuer", callback=_issuer)
@click.option("--facility", required=True, help="Code of the facility whose software it is.")
@click.option("--jwks", required=True, help="File of its public keys, a JWK Set; a jku is never fetched.")
@click.option("--cds-hooks", "version", type=click.Choice(["1.0", "2.0"]), required=True, help="What it speaks.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Of its cards.")
@click.option(
    "--basis", default=DEFAULT_BASIS, show_default=True, help="The legal basis on which results are shown to it."
)
@click.option(
    "--record-numbers",
    is_flag=True,
    help="Its ids of patients are the numbers its facility registers them under: no Patient need be sent.",
)
def add(issuer: str, facility: str, jwks: str, version: str, language: str, basis: str, record_numbers: bool) -> None:
    """Register the software that says ISSUER in the iss of its calls.

    Example: gateway cds-client add https://his.example --facility 79001 --jwks his-keys.json --cds-hooks 2.0
    """
    if not basis.strip():
        raise click.BadParameter("say on which legal basis results are shown", param_hint="--basis")
    made = Client(
        client_id=issuer,
        facility=facility,
        scopes=(),
        jwks=read_public_keys(jwks, "--jwks"),
        basis=basis,
        cds_hooks=version,
        language=language,
        record_numbers=record_numbers,
    )
    with house() as open_house:

        def work(connection: Connection) -> None:
            if facilities.get_facility(connection, facility) is None:
                raise NotFound("facility-unknown", name=facility)
            facilities.add_client(connection, made, now())
            audit.append(connection, now(), ACTOR, "cds-client-added", basis, {"client": issuer, "facility": facility})

        open_house.store.write(work)
        services = f"{open_house.settings.public_url}/cds-services"
    line({"iss": issuer, "facility": facility, "cds_hooks": version, "services": services})


@command.command("change")
@click.argument("issuer", callback=_issuer)
@click.option("--jwks", default="", help="File of its public keys from now on; give the old one too while it changes.")
@click.option("--cds-hooks", "version", type=click.Choice(["1.0", "2.0"]), help="What it speaks from now on.")
@click.option("--language", type=click.Choice(["vi", "en"]), help="Of its cards from now on.")
@click.option("--basis", default=None, help='The legal basis from now on; "" for none: then it is shown nothing.')
def change(issuer: str, jwks: str, version: str | None, language: str | None, basis: str | None) -> None:
    """Change the keys, the version, the language or the legal basis of a client.

    Example: gateway cds-client change https://his.example --basis ""
    """
    keys = read_public_keys(jwks, "--jwks") if jwks else None
    with house() as open_house:

        def work(connection: Connection) -> Client:
            known = facilities.get_client(connection, issuer)
            if known is None or not known.cds_hooks:
                raise NotFound("client-unknown", name=issuer)
            changed = replace(
                known,
                jwks=keys or known.jwks,
                cds_hooks=version or known.cds_hooks,
                language=language or known.language,
                basis=known.basis if basis is None else basis,
            )
            facilities.replace_client(connection, changed)
            audit.append(connection, now(), ACTOR, "cds-client-changed", changed.basis, {"client": issuer})
            return changed

        line(open_house.store.write(work))


@command.command("list")
def list_them() -> None:
    """Every one of them, a line each.

    Example: gateway cds-client list
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in facilities.list_clients(connection):
            if one.cds_hooks:
                line(one)
