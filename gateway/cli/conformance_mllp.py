"""``gateway conformance run --mllp``: where the listener is, and what is taken back at the end of a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.say import existing, words

if TYPE_CHECKING:
    from gateway.conformance.client import Client
    from gateway.conformance.line import Line

_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}\Z")
_FACILITY = re.compile(r"[A-Za-z0-9._-]{0,20}\Z")


def _file(ctx: click.Context, param: click.Parameter, path: str) -> str:
    return existing(ctx, param, (path,))[0] if path else path


def mllp_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where the target hears HL7 v2, and as whom it is spoken to."""
    for option in reversed((
        click.option("--mllp", default="", metavar="HOST:PORT", help="Its MLLP listener, to send made-up results to."),
        click.option("--mllp-facility", default="", metavar="CODE", help="The sending facility, MSH-4."),
        click.option("--mllp-production", is_flag=True, help="Send them as production (MSH-11 P), not as training."),
        click.option("--mllp-tls", is_flag=True, help="The listener speaks TLS; its authority is that of --ca-file."),
        click.option("--mllp-cert", default="", callback=_file, help="PEM file of the certificate to show it."),
        click.option("--mllp-key", default="", callback=_file, help="PEM file of its key; without it the same file."),
    )):  # fmt: skip
        command = option(command)
    return command


def line_of(client: Client, told: dict[str, Any]) -> tuple[Line | None, str]:
    """The listener, None where none is named, and the options that name it again."""
    if not told["mllp"]:
        if used := [name for name in _BESIDE if told[name]]:
            raise click.UsageError(f"--{used[0].replace('_', '-')} needs --mllp")
        return None, ""
    from gateway.conformance.line import Line
    from gateway.mllp.tls import client_context

    if not _ADDRESS.match(told["mllp"]):
        raise click.BadParameter("HOST:PORT is expected", param_hint="--mllp")
    if not _FACILITY.match(told["mllp_facility"]):
        raise click.BadParameter("a code of letters and digits is expected", param_hint="--mllp-facility")
    if not told["mllp_tls"] and (told["mllp_cert"] or told["mllp_key"]):
        raise click.UsageError("--mllp-cert and --mllp-key need --mllp-tls")
    tls = client_context(told["ca_file"], told["mllp_cert"], told["mllp_key"]) if told["mllp_tls"] else None
    given = [f"--mllp {told['mllp']}"]
    given += [f"--mllp-facility {told['mllp_facility']}"] if told["mllp_facility"] else []
    given += [f"--{name.replace('_', '-')}" for name in ("mllp_production", "mllp_tls") if told[name]]
    made = Line(client, told["mllp"], tls, told["mllp_facility"], told["mllp_production"])
    return made, " ".join(given)


_BESIDE = ("mllp_facility", "mllp_production", "mllp_tls", "mllp_cert", "mllp_key")


def withdrawn(line: Line | None, tongue: str) -> dict[str, Any] | None:
    """Withdraw what the listener has taken as real; what is left of it and how it is found, as JSON: ``over_mllp``."""
    if line is None or not line.left:
        return None
    from gateway.conformance import made_up
    from gateway.messages import sentence

    told = {
        "address": line.address,
        "patient": f"{made_up.PATIENT}^^^{made_up.AUTHORITY}",
        "processing": "P" if line.production else "T",
        "orders": list(line.left),
        "not_withdrawn": line.withdraw() if line.production else [],
    }
    words(sentence(rule_of(told), tongue, count=len(line.left), address=line.address, patient=told["patient"]))
    words(", ".join(line.left))
    if told["not_withdrawn"]:
        words(sentence("conformance-mllp-not-withdrawn", tongue, orders=", ".join(told["not_withdrawn"])))
    return {"over_mllp": told}


def rule_of(told: dict[str, Any]) -> str:
    """The sentence that says what became of what was sent."""
    return "conformance-mllp-left-real" if told["processing"] == "P" else "conformance-mllp-left-training"
