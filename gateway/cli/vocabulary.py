"""``gateway vocabulary``: what a facility's own codes and units mean in a standard, decided by a person."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, plain, words
from gateway.cli.vocabulary_again import retranslate, trial
from gateway.cli.vocabulary_files import export, import_file
from gateway.cli.vocabulary_owner import EVERY_FACILITY, known, owner_of, standing, who
from gateway.errors import NotFound
from gateway.mapping.units import UCUM
from gateway.store import Connection, audit, holding, vocabulary
from gateway.store.names_held import names_held
from gateway.terminology import decision
from gateway.terminology.decision import EQUIVALENCES, LONGEST, NO_TARGET, Decision, Kind
from gateway.terminology.sheet import worklist
from gateway.terminology.suggestions import Suggestion
from gateway.terminology.unmapped import Seen, undecided

_why = click.option("--reason", default="", help="Why, or on whose word.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Local codes and units, and the standard ones decided for them.

    Example: gateway vocabulary unmapped --facility 79001
    """


command.add_command(trial)
command.add_command(retranslate)
command.add_command(import_file)
command.add_command(export)


def _pair(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[str, str] | None:
    """SYSTEM|CODE; an empty SYSTEM is a code that comes without one."""
    if text is None:
        return None
    system, mark, code = text.partition("|")
    if not mark or not code or len(code) > LONGEST:
        raise click.BadParameter("SYSTEM|CODE is expected, and |CODE for a code that comes without a system")
    return system, code


def _text(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not text.strip() or len(text) > LONGEST:
        raise click.BadParameter("the unit as its sender writes it")
    return text.strip()


@command.command("unmapped")
@click.option("--facility", default="", help="Only this facility's.")
@click.option("--json/--text", "as_json", default=True, help="A JSON object a line, or a line to read.")
@click.option("--sheet", is_flag=True, help="A CSV file to fill in, for `gateway vocabulary import`.")
def unmapped(facility: str, as_json: bool, sheet: bool) -> None:
    """Codes and units that came without a standard one, a line each; what came most often first.

    Each with at most three suggestions, by its name and unit, by what other facilities decided, and by what facilities
    call a standard code that they send. A person decides.

    Example: gateway vocabulary unmapped --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        known(connection, facility or EVERY_FACILITY)
        decided, seen = vocabulary.history(connection), vocabulary.list_seen(connection)
        found = undecided(decided, seen, facility, names_held(connection) if seen else ())
    if sheet:
        sys.stdout.buffer.write(worklist(found))
        return
    for one, suggestions in found:
        if as_json:
            line({**plain(one), "suggestions": suggestions})
        else:
            click.echo(_to_read(one, suggestions))


def _to_read(one: Seen, suggestions: Sequence[Suggestion]) -> str:
    what = one.code if one.kind == "unit" else f"{one.system}|{one.code}"
    named = f" {one.display}" if one.display else ""
    unit = f" ({one.unit})" if one.unit else ""
    told = "; ".join(each.told() for each in suggestions)
    return f"{one.facility}  {one.seen} x  {what}{named}{unit}" + (f"  →  {told}" if told else "")


@command.command("map")
@click.argument("facility")
@click.argument("source", metavar="SYSTEM|CODE", callback=_pair)
@click.argument("target", metavar="[TARGET_SYSTEM|CODE]", required=False, callback=_pair)
@click.option("--equivalence", type=click.Choice(EQUIVALENCES), default="equivalent", show_default=True,
              help="Of the target to the code; only equal and equivalent put it beside the code.")  # fmt: skip
@click.option("--display", default="", help="The standard's name of the target.")
@who
@_why
def map_code(
    facility: str,
    source: tuple[str, str],
    target: tuple[str, str] | None,
    equivalence: str,
    display: str,
    by: str,
    reason: str,
) -> None:
    """Decide what a facility's code is in a standard; FACILITY * decides for every facility.

    From then on the standard code stands beside the facility's own in what it sends; what was signed before stays.
    Without a target, `--equivalence unmatched` says that the standard has none.

    Example: gateway vocabulary map 79001 "urn:vn:cskcb:79001:codesystem:L|GLU" "http://loinc.org|14749-6" --by Thu
    """
    decision.source(*source)
    if (target is None) != (equivalence == NO_TARGET):
        raise click.UsageError(f"a target is needed, except with --equivalence {NO_TARGET}")
    if target is not None:
        decision.target(*target)
    line(_decided(facility, "code", source, (*(target or ("", "")), display), equivalence, by, reason))


@command.command("unit")
@click.argument("facility")
@click.argument("text", callback=_text)
@click.argument("ucum")
@who
@_why
def unit(facility: str, text: str, ucum: str, by: str, reason: str) -> None:
    """Decide which UCUM unit a facility's text is; no value is ever converted. FACILITY * decides for every facility.

    Example: gateway vocabulary unit 79001 "UI/mL" "[IU]/mL" --by Thu
    """
    decision.unit_target(ucum)
    line(_decided(facility, "unit", ("", text), (UCUM, ucum, ""), "equivalent", by, reason))


@command.command("unmap")
@click.argument("facility")
@click.argument("source", metavar="SYSTEM|CODE or a unit's text")
@click.option("--unit", "is_unit", is_flag=True, help="It is a unit's text.")
@who
@_why
def unmap(facility: str, source: str, is_unit: bool, by: str, reason: str) -> None:
    """Take a decision back; the history keeps it, and what was signed under it stays.

    Example: gateway vocabulary unmap 79001 "urn:vn:cskcb:79001:codesystem:L|GLU" --by Thu
    """
    kind: Kind = "unit" if is_unit else "code"
    key = ("", source) if is_unit else _pair(click.get_current_context(), click.Argument(["source"]), source)
    line(_decided(facility, kind, key or ("", ""), ("", "", ""), "", by, reason))


@command.command("list")
@click.option("--facility", default="", help="Only what holds for this facility.")
@click.option("--all", "everything", is_flag=True, help="The whole history: what was replaced or taken back, too.")
def list_them(facility: str, everything: bool) -> None:
    """The decisions in force, a line each: who decided, when and why.

    Example: gateway vocabulary list --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        known(connection, facility or EVERY_FACILITY)
        found = vocabulary.history(connection, facility or None)
    if not everything:
        newest = {(one.facility, one.kind, one.system, one.code): one for one in found}
        found = [one for one in newest.values() if one.equivalence]
    for one in found:
        line(one)


def _decided(
    facility: str,
    kind: Kind,
    key: tuple[str, str],
    target: tuple[str, str, str],
    equivalence: str,
    by: str,
    reason: str,
) -> Decision:
    """Keep a decision, and say so in the audit trail."""
    owner = owner_of(facility, by)
    system, code = key

    def work(connection: Connection) -> Decision:
        known(connection, facility)
        if not equivalence and (kind, system, code) not in standing(connection, owner):
            raise NotFound("vocabulary-not-decided")
        made = vocabulary.decide(
            connection, facility=owner, kind=kind, system=system, code=code, target=target, equivalence=equivalence,
            by=by, reason=reason, now=now(),
        )  # fmt: skip
        detail: dict[str, Any] = {"decision": made.number, "facility": owner, "by": by}
        detail["code"] = f"{system}|{code}" if kind == "code" else code
        detail["target"] = f"{target[0]}|{target[1]}" if target[0] else ""
        detail["equivalence"] = equivalence
        action = "vocabulary-decided" if equivalence else "vocabulary-taken-back"
        audit.append(connection, now(), ACTOR, action, "", detail)
        return made

    with house() as open_house:
        made = open_house.store.write(work)
        with open_house.store.read() as connection:
            stored = holding.count(connection, owner, system, code) if kind == "code" else 0
    if stored:
        words(f"gateway: {stored} stored exchanges tell of it; `gateway vocabulary try` shows what it changes in them")
    return made
