"""``gateway vocabulary``: what a facility's own codes and units mean in a standard, decided by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, plain, read_input
from gateway.errors import NotFound
from gateway.mapping.units import UCUM
from gateway.store import Connection, audit, facilities, vocabulary
from gateway.terminology import decision
from gateway.terminology.decision import EQUIVALENCES, LONGEST, NO_TARGET, Decision, Kind
from gateway.terminology.sheet import LARGEST, read_sheet
from gateway.terminology.suggestions import Suggestion
from gateway.terminology.terms import Key, in_force
from gateway.terminology.unmapped import Seen, undecided

EVERY_FACILITY = "*"
_who = click.option("--by", "who", required=True, help="Who decided; it stands in the history and the audit trail.")
_why = click.option("--reason", default="", help="Why, or on whose word.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Local codes and units, and the standard ones decided for them.

    Example: gateway vocabulary unmapped --facility 79001
    """


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
def unmapped(facility: str, as_json: bool) -> None:
    """Codes and units that came without a standard one, a line each; what came most often first.

    Each with at most three suggestions, by its name and unit and by what other facilities decided. A person decides.

    Example: gateway vocabulary unmapped --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        _known(connection, facility or EVERY_FACILITY)
        found = undecided(vocabulary.history(connection), vocabulary.list_seen(connection), facility)
    for one, suggestions in found:
        if as_json:
            line({**plain(one), "suggestions": suggestions})
        else:
            click.echo(_to_read(one, suggestions))


def _to_read(one: Seen, suggestions: Sequence[Suggestion]) -> str:
    what = one.code if one.kind == "unit" else f"{one.system}|{one.code}"
    named = f" {one.display}" if one.display else ""
    unit = f" ({one.unit})" if one.unit else ""
    told = "; ".join(f"{each.system}|{each.code} {each.name} {each.likeness:.0%}" for each in suggestions)
    return f"{one.facility}  {one.seen} x  {what}{named}{unit}" + (f"  →  {told}" if told else "")


@command.command("map")
@click.argument("facility")
@click.argument("source", metavar="SYSTEM|CODE", callback=_pair)
@click.argument("target", metavar="[TARGET_SYSTEM|CODE]", required=False, callback=_pair)
@click.option("--equivalence", type=click.Choice(EQUIVALENCES), default="equivalent", show_default=True,
              help="Of the target to the code; only equal and equivalent put it beside the code.")  # fmt: skip
@click.option("--display", default="", help="The standard's name of the target.")
@_who
@_why
def map_code(
    facility: str,
    source: tuple[str, str],
    target: tuple[str, str] | None,
    equivalence: str,
    display: str,
    who: str,
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
    line(_decided(facility, "code", source, (*(target or ("", "")), display), equivalence, who, reason))


@command.command("unit")
@click.argument("facility")
@click.argument("text", callback=_text)
@click.argument("ucum")
@_who
@_why
def unit(facility: str, text: str, ucum: str, who: str, reason: str) -> None:
    """Decide which UCUM unit a facility's text is; no value is ever converted. FACILITY * decides for every facility.

    Example: gateway vocabulary unit 79001 "UI/mL" "[IU]/mL" --by Thu
    """
    decision.unit_target(ucum)
    line(_decided(facility, "unit", ("", text), (UCUM, ucum, ""), "equivalent", who, reason))


@command.command("unmap")
@click.argument("facility")
@click.argument("source", metavar="SYSTEM|CODE or a unit's text")
@click.option("--unit", "is_unit", is_flag=True, help="It is a unit's text.")
@_who
@_why
def unmap(facility: str, source: str, is_unit: bool, who: str, reason: str) -> None:
    """Take a decision back; the history keeps it, and what was signed under it stays.

    Example: gateway vocabulary unmap 79001 "urn:vn:cskcb:79001:codesystem:L|GLU" --by Thu
    """
    kind: Kind = "unit" if is_unit else "code"
    key = ("", source) if is_unit else _pair(click.get_current_context(), click.Argument(["source"]), source)
    line(_decided(facility, kind, key or ("", ""), ("", "", ""), "", who, reason))


@command.command("list")
@click.option("--facility", default="", help="Only what holds for this facility.")
@click.option("--all", "everything", is_flag=True, help="The whole history: what was replaced or taken back, too.")
def list_them(facility: str, everything: bool) -> None:
    """The decisions in force, a line each: who decided, when and why.

    Example: gateway vocabulary list --facility 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        _known(connection, facility or EVERY_FACILITY)
        found = vocabulary.history(connection, facility or None)
    if not everything:
        newest = {(one.facility, one.kind, one.system, one.code): one for one in found}
        found = [one for one in newest.values() if one.equivalence]
    for one in found:
        line(one)


def _known(connection: Connection, facility: str) -> None:
    if facility != EVERY_FACILITY and facilities.get_facility(connection, facility) is None:
        raise NotFound("facility-unknown", name=facility)


def _decided(
    facility: str,
    kind: Kind,
    key: tuple[str, str],
    target: tuple[str, str, str],
    equivalence: str,
    who: str,
    reason: str,
) -> Decision:
    """Keep a decision, and say so in the audit trail."""
    owner = _owner(facility, who)
    system, code = key

    def work(connection: Connection) -> Decision:
        _known(connection, facility)
        if not equivalence and (kind, system, code) not in _standing(connection, owner):
            raise NotFound("vocabulary-not-decided")
        made = vocabulary.decide(
            connection, facility=owner, kind=kind, system=system, code=code, target=target, equivalence=equivalence,
            by=who, reason=reason, now=now(),
        )  # fmt: skip
        detail: dict[str, Any] = {"decision": made.number, "facility": owner, "by": who}
        detail["code"] = f"{system}|{code}" if kind == "code" else code
        detail["target"] = f"{target[0]}|{target[1]}" if target[0] else ""
        detail["equivalence"] = equivalence
        action = "vocabulary-decided" if equivalence else "vocabulary-taken-back"
        audit.append(connection, now(), ACTOR, action, "", detail)
        return made

    with house() as open_house:
        return open_house.store.write(work)


@command.command("import")
@click.argument("facility")
@click.argument("path")
@_who
def import_sheet(facility: str, path: str, who: str) -> None:
    """Decide on many codes at once: a CSV file with the columns system, code, target_system, target_code.

    Also equivalence, display and reason, where they are wanted. All of it is kept or nothing; what stands already in
    the same words is left as it is. FACILITY * decides for every facility.

    Example: gateway vocabulary import 79001 codes.csv --by Thu
    """
    sheet = read_sheet(read_input(path, LARGEST))
    owner = _owner(facility, who)

    def work(connection: Connection) -> dict[str, int]:
        _known(connection, facility)
        standing = _standing(connection, owner)
        made = [
            vocabulary.decide(
                connection, facility=owner, kind="code", system=one.system, code=one.code, by=who, now=now(),
                target=(one.target_system, one.target_code, one.display), equivalence=one.equivalence,
                reason=one.reason,
            )
            for one in sheet
            if not one.stands_as(standing.get(("code", one.system, one.code)))
        ]  # fmt: skip
        if made:
            detail = {"facility": owner, "by": who, "first": made[0].number, "decisions": len(made)}
            audit.append(connection, now(), ACTOR, "vocabulary-imported", "", detail)
        return {"decided": len(made), "unchanged": len(sheet) - len(made)}

    with house() as open_house:
        line(open_house.store.write(work))


def _owner(facility: str, who: str) -> str:
    if not who.strip():
        raise click.BadParameter("it is empty", param_hint="--by")
    return "" if facility == EVERY_FACILITY else facility


def _standing(connection: Connection, owner: str) -> dict[Key, Decision]:
    """What is in force of the owner's own."""
    return in_force(one for one in vocabulary.history(connection, owner) if one.facility == owner)
