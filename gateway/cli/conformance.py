"""``gateway conformance``: what an integrator asks of a FHIR endpoint, and what covers each requirement."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.conformance_cds import caller_of, cds_options
from gateway.cli.conformance_dicomweb import archive_of, dicomweb_options
from gateway.cli.conformance_mllp import line_of, mllp_options, withdrawn
from gateway.cli.interrupts import interruptible
from gateway.cli.say import existing, language, line, read_input, words, written_file

if TYPE_CHECKING:
    from gateway.conformance.credentials import Credentials
    from gateway.conformance.report import Line
    from gateway.conformance.requirement import Requirement


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The checks an integrator runs against a FHIR endpoint, this gateway or a partner's.

    Example: gateway conformance requirements
    """


def _file(ctx: click.Context, param: click.Parameter, path: str) -> str:
    return existing(ctx, param, (path,))[0] if path else path


def _fhir_base(url: str) -> str:
    """The FHIR base without a slash at its end; http to this machine alone, where a token is no secret."""
    from gateway.errors import SettingsError
    from gateway.transport import check_url

    try:
        check_url(url)
    except SettingsError:
        raise click.BadParameter(f"{url}: https is needed, or http to this machine", param_hint="--target") from None
    if "?" in url or "#" in url or "@" in url:
        raise click.BadParameter(
            "the FHIR base alone is expected, as https://partner.example/fhir", param_hint="--target"
        )
    return url.rstrip("/")


@command.command("run")
@click.option("--target", required=True, help="The FHIR base, https://partner.example/fhir.")
@click.option("--client-id", default="", help="The client whose token is asked for; without it the key file's.")
@click.option("--key", default="", callback=_file, help="The client's private key, as `gateway facility add` printed.")
@click.option("--token-file", default="", callback=_file, help="A file that holds an access token, instead of a key.")
@click.option("--token-url", default="", help="The token endpoint, where it stands on another server than the target.")
@click.option("--family", "families", multiple=True, help="Only these families of requirements.")
@click.option("--only", multiple=True, metavar="ID", help="Only these requirements, such as READ-3.")
@click.option(
    "--severity",
    "severities",
    multiple=True,
    type=click.Choice(["shall", "should", "may"]),
    help="Only requirements of these: shall alone, where advice is to stop no build.",
)
@click.option("--read-only", is_flag=True, help="Send nothing that the target keeps: for any with real patients.")
@click.option("--message", default="", callback=_file, help="A signed message, or evidence, of a sender it believes.")
@mllp_options
@dicomweb_options
@cds_options
@click.option("--ca-file", default="", callback=_file, help="PEM file of the authority of the target's certificate.")
@click.option("--timeout", type=click.FloatRange(0.1, 300), default=20.0, show_default=True, help="Seconds an answer.")
@click.option("--rate", type=click.FloatRange(0), default=20.0, show_default=True, help="Requests a second; 0: any.")
@click.option("--minutes", type=click.FloatRange(0.1, 240), default=10.0, show_default=True, help="Of the whole run.")
@click.option("--jsonl", default="", metavar="FILE", help="Write the JSON lines there instead of to stdout.")
@click.option("--junit", default="", metavar="FILE", help="Write JUnit XML there.")
@click.option("--html", default="", metavar="FILE", help="Write a page there that needs nothing else.")
@click.option("--language", "spoken", type=click.Choice(["en", "vi"]), default=None, help="Of page, JUnit and words.")
@click.option("--compare", default="", metavar="FILE", callback=_file, help="JSON lines of an earlier run.")
def run_them(
    target: str, families: tuple[str, ...], only: tuple[str, ...], severities: tuple[str, ...], spoken: str | None,
    **told: Any,
) -> None:  # fmt: skip
    """Check an endpoint: a JSON line a requirement, with its verdict and what was seen, tokens and values masked.

    Exit 0 without an error and a fail of what it shall do, 1 with such a fail, 2 for wrong usage, 3 when a check
    itself failed or test data is left at the target, 130 when it was interrupted (what stands by then is written).

    Example: gateway conformance run --target http://127.0.0.1:8080/fhir --read-only --html conformance.html
    """
    from gateway.conformance import report
    from gateway.conformance.client import Client, Limits
    from gateway.conformance.run import run
    from gateway.conformance.target import Target
    from gateway.conformance.verdict import Verdict, skip

    asked, tongue, target = _asked(families, only, severities), spoken or language(), _fhir_base(target)
    before = report.read_lines(read_input(told["compare"])) if told["compare"] else []
    client = Client(
        target,
        limits=Limits(seconds=told["timeout"], pace=told["rate"]),
        ca_file=told["ca_file"],
        read_only=told["read_only"],
    )
    message = read_input(told["message"]) if told["message"] else b""
    over, given = line_of(client, told)
    options = {"mllp": given, "dicomweb": f"--dicomweb {told['dicomweb']}"}
    options["cds"] = f"--cds-client {told['cds_client']} --cds-key FILE" if told["cds_client"] else ""
    archive, caller = archive_of(client, told), caller_of(told)
    made = Target(client, _credentials(told), message, line=over, archive=archive, caller=caller)
    if not told["read_only"]:
        words("Made-up resources and changed messages will be sent: --read-only for a target with real patients.")
    lines: list[Line] = []
    out = _Lines(told["jsonl"])

    def written(verdict: Verdict) -> None:
        one = report.line(verdict, target, options.get(verdict.requirement.family, ""))
        lines.append(one)
        out.write(one)
        words(f"{len(lines)}/{len(asked)} {one['verdict']:5} {one['requirement']:10} {one['text'][tongue]}")
        for finding in one["findings"]:
            if verdict.word in ("fail", "error"):
                words(f"        {finding[tongue]}")

    with interruptible() as interrupted:
        try:
            with closing(run(made, asked, most_seconds=60 * told["minutes"])) as verdicts:
                for verdict in verdicts:
                    written(verdict)
        except KeyboardInterrupt:
            interrupted.append(True)
        finally:
            sent = withdrawn(over, tongue)
    for requirement in asked[len(lines) :]:
        written(Verdict(requirement, (skip("conformance-interrupted"),)))
    own = report.own_line(made.own)
    if own:
        out.write(own)
        _said_of(own["own_data"], tongue)
    if sent:
        out.write(sent)
    _written(lines, before, (own, sent), target, tongue, told)
    tally = report.counted(lines)
    words("  ".join(f"{word} {count}" for word, count in tally.items()))
    sys.exit(130 if interrupted else 3 if tally["error"] or made.own.left else 1 if tally["fail"] else 0)


def _said_of(own: dict[str, Any], tongue: str) -> None:
    """What was made at the target to ask with, and what is left of it."""
    from gateway.messages import sentence

    words(sentence("conformance-own-made", tongue, count=own["made"], find=own["find"]))
    if own["left"]:
        words(sentence("conformance-own-left", tongue, left=", ".join(own["left"])))


class _Lines:
    """Where the JSON lines go: stdout, or a file that is made anew."""

    def __init__(self, path: str) -> None:
        self._path = path
        if path:
            written_file(path, b"")

    def write(self, one: Line) -> None:
        from gateway.jsontext import dumps

        if not self._path:
            line(one)
            return
        with Path(self._path).open("ab") as file:
            file.write(dumps(one) + b"\n")


def _written(
    lines: Sequence[Line],
    before: Sequence[Line],
    stays: tuple[Line | None, Line | None],
    target: str,
    tongue: str,
    told: dict[str, Any],
) -> None:
    from gateway.conformance.junit import junit
    from gateway.conformance.report import changes

    own, sent = stays
    changed = changes(before, lines) if before else []
    if told["junit"]:
        written_file(told["junit"], junit(lines, target, tongue, own))
    if told["html"]:
        from gateway.cli.clock import now
        from gateway.conformance.page import page

        written_file(told["html"], page(lines, target, now(), tongue, changed, own, sent).encode())
    for one in changed:
        words(f"{one.requirement}: {one.before or '-'} → {one.after or '-'}{' (worse)' if one.is_worse else ''}")


def _asked(families: Sequence[str], only: Sequence[str], severities: Sequence[str]) -> list[Requirement]:
    from gateway.conformance.requirement import requirements

    every = list(requirements())
    known = {one.family for one in every} | {one.id for one in every}
    if unknown := [name for name in (*families, *only) if name not in known]:
        raise click.BadParameter(f"no such family or requirement: {', '.join(unknown)}; see `conformance requirements`")
    chosen = [
        one
        for one in every
        if one.check
        and (not families or one.family in families)
        and (not only or one.id in only)
        and (not severities or one.severity in severities)
    ]
    if not chosen:  # a run that asks nothing would end as one that met everything
        raise click.BadParameter("nothing is left to ask of these families, requirements and severities")
    return chosen


def _credentials(told: dict[str, Any]) -> Credentials:
    from gateway.cli.client import read_client
    from gateway.conformance.credentials import Credentials

    if told["key"] and told["token_file"]:
        raise click.UsageError("--key or --token-file, not both")
    if told["token_file"]:
        token = read_input(told["token_file"]).decode("ascii", "replace").strip()
        if not token or any(sign.isspace() for sign in token):
            raise click.BadParameter(f"{told['token_file']}: no access token", param_hint="--token-file")
        return Credentials(token=token)
    if not told["key"]:
        return Credentials()
    given = read_client(told["key"], "--key")
    return Credentials(
        client_id=told["client_id"] or given.client_id, key=given.private_jwk, endpoint=told["token_url"]
    )


@command.command("requirements")
@click.option("--family", "families", multiple=True, help="Only these families.")
def requirements_listed(families: tuple[str, ...]) -> None:
    """Every requirement, a line each: what it says, its clause, its check or why there is none.

    `faults` are those on which the project's tests show the check to fail (`gateway simulate faults`).

    Example: gateway conformance requirements --family read
    """
    from gateway.conformance.requirement import requirements
    from gateway.simulator.faulty.proxy import faults

    every = [one for one in requirements() if not families or one.family in families]
    if not every:
        raise click.BadParameter("no such family", param_hint="--family")
    for one in every:
        line(
            {
                "requirement": one.id,
                "family": one.family,
                "severity": one.severity,
                "text": dict(one.text),
                "proves": dict(one.proves),
                "clause": one.clause,
                "check": one.check or None,
                "faults": [fault.name for fault in faults().values() if fault.breaks == one.id],
                "reason": dict(one.reason) or None,
                "writes": one.writes,
            }
        )
