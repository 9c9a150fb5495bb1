"""``gateway validate``: the R4 check on resource files, and the profiles they name or are asked to keep to."""

from __future__ import annotations

import sys
from typing import Any

import click

from gateway.cli.say import existing, language, line, read_input
from gateway.cli.validate_source import validated
from gateway.errors import PayloadError
from gateway.jsontext import loads
from gateway.outcome import Issue, operation_outcome, refusing
from gateway.profile_sources import profiles_in_force, profiles_of
from gateway.r4 import check_json
from gateway.r4.must_support import absent
from gateway.r4.profiles import Profiles

LONGEST = 256 * 1024 * 1024  # bytes of a file


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, callback=existing)
@click.option("--profile", "asked", multiple=True, metavar="URL", help="A profile each must conform to; repeatable.")
@click.option(
    "--profiles", "sources", multiple=True, metavar="PATH", help="A folder or FHIR package of profiles; repeatable."
)
@click.option("--must-support", is_flag=True, help="Tell which elements the --profile flags mustSupport are absent.")
@click.option("--format", "form", default="", metavar="NAME", help="Files as a facility sends them, of this adapter.")
@click.option("--best-practice", is_flag=True, help="Warn also of what R4 calls good practice, such as a narrative.")
def command(
    paths: tuple[str, ...],
    asked: tuple[str, ...],
    sources: tuple[str, ...],
    must_support: bool,
    best_practice: bool,
    form: str,
) -> None:
    """The R4 check on resource files: a JSON line a file, ``{"source", "outcome"}``.

    A file is valid when its outcome has no error or fatal issue. Exit 0 when all are, else 1; 2 for wrong usage,
    a profile that is not known included. Profiles are known that are built in, those of GATEWAY_PROFILES, and
    those of --profiles. With --must-support a line has ``"must_support"``: by profile, the elements that are absent.

    With --format the files are payloads instead (``bhyt``): each record is held to the rules of the portal its
    format is made for, and a line is a record.

    Example: gateway validate bundle.json
    """
    if form:
        if asked or sources or must_support or best_practice:
            raise click.UsageError("--format goes with no option of the R4 check")
        sys.exit(0 if validated(form, paths) else 1)
    profiles = _known(sources)
    for url in asked:
        if not profiles.knows(url):
            raise click.BadParameter(_text("r4-profile-asked-unknown", profile=url), param_hint="--profile")
    if must_support and not asked:
        raise click.UsageError("--must-support needs a --profile")
    valid, spoken = True, language()
    for path in paths:
        content = read_input(path, LONGEST + 1)
        too_long = _too_long(content)
        issues = too_long or check_json(content, profiles=profiles, asked=asked, best_practice=best_practice)
        valid = valid and not refusing(issues)
        told: dict[str, Any] = {"source": path, "outcome": operation_outcome(issues, spoken)}
        if must_support:
            told["must_support"] = None if too_long else _absent(content, profiles, asked)
        line(told)
    sys.exit(0 if valid else 1)


def _too_long(content: bytes) -> list[Issue]:
    """The values of a text take some fifteen times its length in memory, which a command may not take without end."""
    if len(content) <= LONGEST:
        return []
    return [Issue("error", "too-long", "r4-text-too-long", parameters={"limit": LONGEST})]


def _absent(content: bytes, profiles: Profiles, asked: tuple[str, ...]) -> dict[str, list[str]] | None:
    """None of what is no resource; its outcome says so."""
    try:
        resource = loads(content)
    except PayloadError:
        return None
    return {url: absent(resource, profiles.must_support(url)) for url in asked} if isinstance(resource, dict) else None


def _known(sources: tuple[str, ...]) -> Profiles:
    from gateway.settings import read_settings  # marshmallow loads only when it is run

    known = profiles_in_force(read_settings().profiles)
    for source in sources:
        try:
            known |= profiles_of(source)
        except PayloadError as broken:
            raise click.BadParameter(
                f"{source}: {broken.issues[0].text(language())}", param_hint="--profiles"
            ) from None
    return known


def _text(rule: str, **parameters: object) -> str:
    return Issue("error", "not-found", rule, parameters=parameters).text(language())
