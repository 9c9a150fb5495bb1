"""``gateway conformance run --cds-client``: as whom the target's CDS services are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.say import existing, read_object

if TYPE_CHECKING:
    from gateway.conformance.caller import Caller


def _file(ctx: click.Context, param: click.Parameter, path: str) -> str:
    return existing(ctx, param, (path,))[0] if path else path


def cds_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a client which is registered at the target."""
    for option in reversed((
        click.option("--cds-client", default="", metavar="ISS", help="A client of its CDS services, as registered."),
        click.option("--cds-key", default="", callback=_file, help="The client's private key: a JWK with its kid."),
        click.option("--cds-origin", default="", metavar="ORIGIN", help="Of a page that may call them, https://…."),
    )):  # fmt: skip
        command = option(command)
    return command


def caller_of(told: dict[str, Any]) -> Caller | None:
    """The client, None where none is named."""
    if bool(told["cds_client"]) != bool(told["cds_key"]):
        raise click.UsageError("--cds-client and --cds-key go together")
    if not told["cds_client"]:
        if told["cds_origin"]:
            raise click.UsageError("--cds-origin needs --cds-client")
        return None
    from gateway.conformance.caller import Caller
    from gateway.conformance.credentials import signed
    from gateway.errors import SettingsError

    key = read_object(told["cds_key"], "--cds-key")
    try:
        signed({}, key)
    except SettingsError:
        raise click.BadParameter("a private JWK with kid, EC P-384 or RSA", param_hint="--cds-key") from None
    return Caller(told["cds_client"], key, told["cds_origin"])
