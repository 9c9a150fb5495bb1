"""The ``gateway`` command. Each command's file is read when it is called, so that ``--help`` stays fast.

Machine-readable output on stdout, one JSON object a line where there may be many; words for
people and progress on stderr. Exit 2 is wrong usage everywhere, a missing file included.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from gateway.cli.say import tell_error
from gateway.errors import GatewayError, SettingsError

# name → (module under gateway.cli, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "The main job on this machine, start to end."),
    "serve": ("serve", "The HTTP gateway with its delivery worker."),
    "worker": ("worker", "Deliveries alone, for more hosts on one PostgreSQL."),
    "translate": ("translate", "Payloads to FHIR, storing nothing."),
    "collect": ("collect", "Payloads fetched from folders, views and PACS, and posted to a gateway."),
    "send-mllp": ("send_mllp", "HL7 v2 messages to an MLLP listener, for testing."),
    "validate": ("validate", "The R4 check on resource files."),
    "verify": ("verify", "Evidence files or signed Bundles, offline."),
    "facility": ("facility", "Facilities: register, list, show, get a token."),
    "cds-client": ("cds_client", "Hospital software that asks by CDS Hooks."),
    "recipient": ("recipient", "Other gateways and systems to deliver to."),
    "user": ("user", "People who sign in to the pages."),
    "subscription": ("subscription", "Who gets what, on which legal basis."),
    "exchange": ("exchange", "Exchanges, and what a person decides about held ones."),
    "person": ("person", "Links between patients that a person must decide."),
    "vocabulary": ("vocabulary", "Local codes and units, and the standard ones decided for them."),
    "mapping": ("mapping", "Mapping files: how a facility's tables and records become FHIR."),
    "reuse": ("reuse", "Rules by which an earlier result may be used again."),
    "adapter": ("adapter", "The adapters installed here."),
    "key": ("key", "Signing keys, certificates, and the public trust file."),
    "conformance": ("conformance", "What an integrator asks of a FHIR endpoint; what covers each requirement."),
    "simulate": ("simulate", "The other side of an exchange, to try a sender against."),
    "bench": ("bench", "How fast this gateway is on this machine."),
    "db": ("db", "The database: migrations and reading everything back."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"gateway.cli.{COMMANDS[cmd_name][0]}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, meaning) for name, (_, meaning) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lienthong-gateway")
def gateway() -> None:
    """An open FHIR gateway: one hospital's results, readable, checked and provable in another.

    Example: gateway demo --once
    """


def _understood(arguments: list[str]) -> None:
    """What is typed ends up in JSON: bytes that are no UTF-8 arrive as surrogates, and are refused here."""
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        raise click.UsageError("an argument is not UTF-8") from None


def main() -> None:
    """Run the command; errors the gateway raises on purpose become words and an exit code."""
    try:
        _understood(sys.argv[1:])
        gateway.main(prog_name="gateway", standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except GatewayError as wrong:
        tell_error(wrong)
        sys.exit(2 if isinstance(wrong, SettingsError) else 1)
