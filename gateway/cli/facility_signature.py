"""The options of a facility's own signature, the same where it is registered and where it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gateway.cli.say import existing, read_input
from gateway.trust import certificates

_WORDS = {"accept": "", "hold": "hold", "require": "require"}
_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--signature",
        type=click.Choice(list(_WORDS)),
        help="What becomes of a payload whose own signature is absent or unverifiable.",
    ),
    click.option(
        "--signature-roots",
        multiple=True,
        callback=existing,
        help="PEM of the authorities its signing certificates come from, or of those certificates; repeatable.",
    ),
    click.option("--signature-subject", help="What the subject of its signing certificate must hold (MST:…)."),
    click.option(
        "--weak-signatures/--no-weak-signatures",
        default=None,
        help="Believe SHA-1 and RSA under 2048 bits: for archives.",
    ),
)


def signature_options(command: _Command) -> _Command:
    """Decorates a command with them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asked(signature: dict[str, Any]) -> dict[str, Any]:
    """The fields of Facility that were asked for, by name; BadParameter where a file holds no certificate."""
    fields: dict[str, Any] = {}
    if signature["signature"] is not None:
        fields["signature"] = _WORDS[signature["signature"]]
    if signature["signature_roots"]:
        fields["signature_roots"] = "".join(map(_read, signature["signature_roots"]))
    for name in ("signature_subject", "weak_signatures"):
        if signature[name] is not None:
            fields[name] = signature[name]
    return fields


def _read(path: str) -> str:
    try:
        return "".join(map(certificates.to_pem, certificates.from_pem(read_input(path).decode("ascii", "replace"))))
    except ValueError:
        raise click.BadParameter(f"{path}: no PEM certificate", param_hint="--signature-roots") from None
