"""``gateway send-mllp``: HL7 v2 messages to an MLLP listener, for testing."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from typing import Any

import click

from gateway.cli.say import existing, line, read_input

_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}\Z")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--to", "address", required=True, help="HOST:PORT of the listener.")
@click.option("--tls", is_flag=True, help="Over TLS; the listener's name must stand in its certificate.")
@click.option("--ca", default="", help="PEM file of the authorities to believe (with --tls); without it the system's.")
@click.option("--cert", default="", help="PEM file of the certificate to show (with --tls).")
@click.option("--key", default="", help="PEM file of its private key; without it the same file.")
@click.option("--timeout", type=click.IntRange(1, 600), default=60, help="Seconds to wait for an answer; 60.")
@click.argument("paths", nargs=-1, required=True, callback=existing)
def command(address: str, tls: bool, ca: str, cert: str, key: str, timeout: int, paths: tuple[str, ...]) -> None:
    """Send each message of the files over MLLP, one after the other, and print what answers: a JSON line a message.

    Exit 0 when every answer is AA or CA, 1 when one is not or nobody answers, 2 for wrong usage.

    Example: gateway send-mllp adapters/hl7v2/samples/lab-hematology.hl7 --to 127.0.0.1:2575
    """
    if not _ADDRESS.match(address):
        raise click.BadParameter("HOST:PORT is expected", param_hint="--to")
    if not tls and (ca or cert or key):
        raise click.UsageError("--ca, --cert and --key need --tls")
    from gateway.mllp.client import Sender, messages_of
    from gateway.mllp.header import read_header
    from gateway.mllp.tls import client_context

    well = True
    sent = [(path, number, one) for path in paths for number, one in enumerate(messages_of(read_input(path)), 1)]
    with Sender(address, timeout, client_context(ca, cert, key) if tls else None) as sender:
        for path, number, message in sent:
            answers = sender.send(message)
            well = well and all(one.well for one in answers)
            header = read_header(message)
            told: dict[str, Any] = {
                "source": path if number == 1 else f"{path}#{number}",
                "control_id": header.control_id.decode("utf-8", "backslashreplace") if header else "",
                "acknowledgements": [asdict(one) for one in answers],
            }
            line(told)
    sys.exit(0 if well else 1)
