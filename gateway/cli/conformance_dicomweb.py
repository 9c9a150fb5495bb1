"""``gateway conformance run --dicomweb``: where the image archive is, and what opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.say import existing, read_input

if TYPE_CHECKING:
    from gateway.conformance.archive import Archive
    from gateway.conformance.client import Client

_LONGEST = 8000  # characters of a header


def _file(ctx: click.Context, param: click.Parameter, path: str) -> str:
    return existing(ctx, param, (path,))[0] if path else path


def dicomweb_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the target's images are."""
    for option in reversed((
        click.option("--dicomweb", default="", metavar="URL", help="Its image archive, https://…/dicom-web."),
        click.option("--dicomweb-authorization", default="", callback=_file,
                     help="A file that holds the Authorization header the archive wants, such as Basic …."),
    )):  # fmt: skip
        command = option(command)
    return command


def archive_of(client: Client, told: dict[str, Any]) -> Archive | None:
    """The archive, None where none is named. Credentials travel over https, or to this machine."""
    if not told["dicomweb"]:
        if told["dicomweb_authorization"]:
            raise click.UsageError("--dicomweb-authorization needs --dicomweb")
        return None
    from gateway.conformance.archive import Archive
    from gateway.conformance.client import Client
    from gateway.errors import SettingsError
    from gateway.transport import check_url

    url = told["dicomweb"].rstrip("/")
    try:
        check_url(url)
    except SettingsError:
        raise click.BadParameter("https is needed, or http to this machine", param_hint="--dicomweb") from None
    if any(sign in url for sign in "?#@"):
        raise click.BadParameter("the DICOMweb root alone is expected", param_hint="--dicomweb")
    authorization = ""
    if told["dicomweb_authorization"]:
        authorization = read_input(told["dicomweb_authorization"]).decode("ascii", "replace").strip()
        if not authorization or len(authorization) > _LONGEST or not authorization.isprintable():
            raise click.BadParameter("no header's value", param_hint="--dicomweb-authorization")
    own = Client(url, limits=client.limits, ca_file=told["ca_file"], read_only=client.read_only)
    return Archive(own, client, authorization)
