"""``gateway facility``: register a facility, see it, get a token as its client would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from gateway.access import scope as understood_scope
from gateway.cli import checklist
from gateway.cli.client import read_client, read_public_keys
from gateway.cli.facility_quality import quality
from gateway.cli.facility_signature import asked, signature_options
from gateway.cli.open import ACTOR, House, house, now
from gateway.cli.say import existing, line, words
from gateway.errors import NotFound
from gateway.facility import CODE, DEFAULT_BASIS, DEFAULT_SCOPES, Client, Facility
from gateway.installed import installed_names
from gateway.mapping.charsets import SETTINGS
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import offset
from gateway.settings import read_settings
from gateway.store import Connection, audit, facilities
from gateway.trust.keys import new_client_key, public_jwks


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Facilities: register, list, show, get a token.

    Example: gateway facility add 79001 --name "Trung tâm xét nghiệm Thử" --basis "written request"
    """


command.add_command(quality)

_CHARSET = click.Choice(["", *SETTINGS], case_sensitive=False)


def _code(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not CODE.match(text):
        raise click.BadParameter("letters, digits, dot, dash or underscore, at most 32 (MA_CSKCB has five)")
    return text


def _said(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise click.BadParameter("it is empty")
    return text


def _scopes(_ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [text for text in texts if understood_scope(text) is None]:
        raise click.BadParameter(f"not a SMART system scope: {' '.join(unknown)}")
    return texts


def _offset(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    try:
        return offset(text)
    except CannotPlace:
        raise click.BadParameter("an offset like +07:00") from None


@command.command("add")
@click.argument("code", callback=_code)
@click.option("--name", required=True, callback=_said, help="The facility's name.")
@click.option("--adapter", "adapters", multiple=True, help="An adapter it may use; without any, all that run.")
@click.option("--decimal-comma", is_flag=True, help="Its systems write 7,2 for 7.2.")
@click.option("--utc-offset", default="+07:00", callback=_offset, show_default=True, help="Its local time.")
@click.option("--alias", "aliases", multiple=True, help="A name its systems write instead of the code (MSH-4).")
@click.option("--charset", type=_CHARSET, default="", help="What its HL7 v2 systems write, whatever MSH-18 says.")
@click.option(
    "--basis",
    default=DEFAULT_BASIS,
    show_default=True,
    help='The legal basis on which results are disclosed to its client; "" for none: then it reads nothing.',
)
@click.option("--accept-training", is_flag=True, help="Take what is marked as training or test: on a test gateway.")
@signature_options
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    callback=_scopes,
    help="A scope of its client; none: reading and posting.",
)
@click.option("--jwks", multiple=True, callback=existing, help="Its client's public keys; without it a key is made.")
def add(
    code: str,
    name: str,
    adapters: tuple[str, ...],
    decimal_comma: bool,
    utc_offset: str,
    aliases: tuple[str, ...],
    charset: str,
    basis: str,
    accept_training: bool,
    scopes: tuple[str, ...],
    jwks: tuple[str, ...],
    **signature: Any,
) -> None:
    """Register a facility: its adapters, its signing key and certificate, its client.

    The client's private key is printed once and kept nowhere here.

    Example: gateway facility add 79001 --name "Trung tâm xét nghiệm Thử" --basis "written request"
    """
    if unknown := sorted(set(adapters) - set(installed_names())):
        raise click.BadParameter(f"not installed: {', '.join(unknown)}", param_hint="--adapter")
    private = None if jwks else new_client_key()
    public = read_public_keys(jwks[0], "--jwks") if jwks else public_jwks(private or {})
    with house() as open_house:
        facility = Facility(code, name, adapters, decimal_comma, utc_offset, aliases, accept_training, charset)
        facility = replace(facility, **asked(signature))
        client = Client(f"{code}-client", code, scopes or DEFAULT_SCOPES, public, basis)

        def work(connection: Connection) -> None:
            facilities.add_facility(connection, facility, now())
            facilities.add_client(connection, client, now())
            audit.append(connection, now(), ACTOR, "facility-added", basis, {"facility": code})

        open_house.store.write(work)
        key = open_house.keyring.issue(code, name, actor=ACTOR)
        made: dict[str, Any] = {
            "client_id": client.client_id,
            "scopes": list(client.scopes),
            "token_url": f"{open_house.settings.public_url}/oauth/token",
        }
        if private is not None:
            made["private_jwk"] = private
        line({"code": code, "signing_kid": key.kid, "client": made})
    if not basis.strip():
        words("Without a basis the client may send, but not read results.")


@command.command("list")
def list_them() -> None:
    """Every facility, a line each.

    Example: gateway facility list
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in facilities.list_facilities(connection):
            line(one)


@command.command("show")
@click.argument("code")
@click.option("--json/--text", "as_json", default=True, help="All of it as JSON, or only the checklist, to read.")
def show(code: str, as_json: bool) -> None:
    """One facility with its clients and signing keys, and what its way to the first exchange still lacks.

    Each step of the checklist is done, or missing with the command that does it.

    Example: gateway facility show 79001 --text
    """
    with house() as open_house:
        shown = _shown(open_house, code)
        found = checklist.steps(open_house, shown["facility"])
    if as_json:
        line(shown | {"checklist": checklist.told(found)})
    else:
        click.echo(checklist.to_read(found))


@command.command("change")
@click.argument("code")
@click.option("--name", callback=_said, help="The facility's name from now on.")
@click.option("--decimal-comma/--decimal-point", default=None, help="How its systems write decimals.")
@click.option("--adapter", "adapters", multiple=True, help="The adapters it may use from now on.")
@click.option("--alias", "aliases", multiple=True, help="The names its systems write instead of the code.")
@click.option("--charset", type=_CHARSET, help='What its HL7 v2 systems write from now on; "" for what MSH-18 says.')
@click.option("--accept-training/--hold-training", default=None, help="What happens to training and test records.")
@signature_options
def change(
    code: str,
    name: str | None,
    decimal_comma: bool | None,
    adapters: tuple[str, ...],
    aliases: tuple[str, ...],
    charset: str | None,
    accept_training: bool | None,
    **signature: Any,
) -> None:
    """Change how a facility's payloads are read; what is stored stays.

    Example: gateway facility change 79001 --decimal-comma
    """
    with house() as open_house:

        def work(connection: Connection) -> Facility:
            known = facilities.get_facility(connection, code)
            if known is None:
                raise NotFound("facility-unknown", name=code)
            changed = replace(
                known,
                name=known.name if name is None else name,
                decimal_comma=known.decimal_comma if decimal_comma is None else decimal_comma,
                adapters=adapters or known.adapters,
                aliases=aliases or known.aliases,
                charset=known.charset if charset is None else charset,
                training=known.training if accept_training is None else accept_training,
                **asked(signature),
            )
            facilities.replace_facility(connection, changed)
            audit.append(connection, now(), ACTOR, "facility-changed", "", {"facility": code})
            return changed

        line(open_house.store.write(work))


@command.command("token")
@click.argument("code")
@click.option("--key", required=True, help="Its private JWK, or all of what `facility add` printed.")
@click.option("--scope", default="", help="Scopes by space; without it, all it was granted.")
@click.option("--url", default="", help="The gateway's URL; without it, this gateway's own.")
@click.option("--client-id", default="", help="The client; without it, the facility's own.")
def token(code: str, key: str, scope: str, url: str, client_id: str) -> None:
    """An access token, as any client would get it.

    Example: gateway facility token 79001 --key facility.json
    """
    from gateway.transport import Transport  # loads only when something is sent

    settings = read_settings()
    given = read_client(key, "--key")
    granted = Transport(settings, now).token(
        url or settings.public_url,
        client_id or given.client_id or f"{code}-client",
        given.private_jwk,
        scope or " ".join(given.scopes),
    )
    line({"access_token": granted["access_token"], "expires_in": granted["expires_in"]})


def _shown(open_house: House, code: str) -> dict[str, Any]:
    with open_house.store.read() as connection:
        found = facilities.get_facility(connection, code)
        clients = facilities.list_clients(connection, code)
    if found is None:
        raise NotFound("facility-unknown", name=code)
    keys = [
        {"kid": key.kid, "from": key.valid_from, "to": key.valid_to, "active": key.active, "revoked": key.revoked_at}
        for key in open_house.keyring.own_keys()
        if key.facility == code
    ]
    whole = [
        {"client_id": one.client_id, "scopes": one.scopes, "basis": one.basis, "jwks": one.jwks} for one in clients
    ]
    return {"facility": found, "clients": whole, "keys": keys}
