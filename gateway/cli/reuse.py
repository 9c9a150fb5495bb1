"""``gateway reuse``: the lists of rules by which an earlier result may be used again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gateway.cli.clock import now as utc_now
from gateway.cli.reuse_alerts import alerts
from gateway.cli.reuse_lists import lists_of
from gateway.cli.reuse_report import report
from gateway.cli.say import language, line, read_object, tell_error, words
from gateway.errors import PayloadError, SettingsError
from gateway.outcome import Issue
from gateway.reuse.case import case
from gateway.reuse.contradictions import contradictions
from gateway.reuse.explained import explained, verdict_in_words
from gateway.reuse.gaps import gaps
from gateway.reuse.judge import judge
from gateway.reuse.precedence import SETTINGS, VIET_NAM, Requirement, applicable, parts_of
from gateway.reuse.result import Code
from gateway.reuse.rule_set import composed


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The lists of rules by which an earlier result may be used again.

    Example: gateway reuse check
    """


@command.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Faults, contradictions and gaps of the lists: those shipped, and a site's own in files or folders.

    Without a PATH the site's own are those of GATEWAY_REUSE_RULES. A JSON object for each finding, with file, line
    and path, and a last one for the whole. Exit 0 when nothing asks for somebody to act, else 1.

    Example: gateway reuse check
    """
    try:
        lists = lists_of(paths)
    except SettingsError as wrong:
        _tell(wrong.issues)
        tell_error(wrong)
        raise click.exceptions.Exit(1) from None
    found = [*contradictions(lists)]
    found += [] if found else gaps(lists, utc_now().astimezone(VIET_NAM).date())
    _tell(found)
    asking = sum(one.severity != "information" for one in found)
    line({
        "lists": [f"{one.name} {one.version}" for one in lists],
        "groups": sum(len(one.groups) for one in lists),
        "rules": sum(len(one.sentences) for one in lists),
        "findings": asking,
    })  # fmt: skip
    words(f"{asking} findings that ask for somebody to act" if asking else "clean")
    if asking:
        raise click.exceptions.Exit(1)


def _tell(found: Sequence[Issue]) -> None:
    for one in found:
        line({"severity": one.severity, "at": one.expression, "rule": one.rule, "text": one.text(language())})


def _code(_ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]) -> frozenset[Code]:
    """SYSTEM|CODE."""
    pairs = [text.partition("|") for text in texts]
    if not all(system and code for system, _, code in pairs):
        raise click.BadParameter("SYSTEM|CODE is expected")
    return frozenset((system, code) for system, _, code in pairs)


@command.command("explain")
@click.option("--code", "codes", multiple=True, metavar="SYSTEM|CODE", callback=_code,
              help="Of the ordered test; several where it has several.")  # fmt: skip
@click.option("--age", default="", help='Of the patient: "45 years", "10 days"; empty: not known.')
@click.option("--setting", type=click.Choice(SETTINGS), default=None, help="Where it is ordered; without it not known.")
@click.option("--facility", default="", help="Of the requester, for its own list.")
@click.option("--province", default="", help="Of the requester.")
@click.option("--specialty", default="", help="Of the requester.")
@click.option("--requester-level", type=click.IntRange(1, 5), default=None, help="Quality level of its laboratory.")
@click.option("--condition", "conditions", multiple=True, help="What makes reuse unsafe now, by its id: transfusion.")
@click.option("--on", "now", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), default=None,
              help="When it is ordered, in Viet Nam; without it now.")  # fmt: skip
@click.option("--taken", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), default=None,
              help="An earlier result: when its sample was taken, in Viet Nam. Then it is judged, too.")  # fmt: skip
@click.option("--level", type=click.IntRange(1, 5), default=None, help="Of the earlier result's laboratory.")
@click.option("--value", default="", help="Of the earlier result, a number.")
@click.option("--unit", default="", help="Of the earlier result and of the order, in UCUM.")
@click.option("--case", "file", default="", metavar="FILE",
              help="Order, context and earlier results as JSON (docs/reuse.md), instead of the options.")  # fmt: skip
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
def explain(file: str, paths: tuple[Path, ...], **options: Any) -> None:
    """What the lists ask of a result that is to stand for one ordered test, and which rule asked for it.

    A JSON object for each test of the order (a panel has several): the figures that won, each with its rule, all
    rules that apply with list, source and author, and the verdict on earlier results that were told, with its reasons;
    of a panel a last one with the verdict that those of its tests come to together.
    Without a PATH the lists are those in force here.

    Example: gateway reuse explain --code "http://loinc.org|4548-4" --age "45 years" --setting outpatient
    """
    if bool(file) == bool(options["codes"]):
        raise click.UsageError("either --code or --case says what is ordered")
    try:
        told = case(read_object(file, "--case") if file else _told(**options), composed(lists_of(paths)))
    except PayloadError as wrong:
        raise click.UsageError(wrong.issues[0].text(language())) from None
    rules = told.context.rules
    parts = parts_of(rules, told.order)
    for one in parts or (told.order,):
        asked = applicable(one, told.context)
        made = {"order": sorted("|".join(code) for code in one.codes), **explained(asked), "digest": rules.digest}
        line(made | ({"verdict": verdict_in_words(judge(told.results, one, told.context))} if told.results else {}))
        words(_in_one_line(asked))
    if parts and told.results:
        panel = judge(told.results, told.order, told.context)
        line({"panel": sorted("|".join(code) for code in told.order.codes), "verdict": verdict_in_words(panel)})
        words(f"the panel: {panel.decision}")


def _told(**options: Any) -> dict[str, Any]:
    """The options as a case."""
    now: datetime = options["now"].replace(tzinfo=VIET_NAM) if options["now"] else utc_now()
    context = {
        "now": now.isoformat(), "age": options["age"].strip(), "setting": options["setting"] or "",
        "conditions": list(options["conditions"]), "level": options["requester_level"],
        **{name: options[name] for name in ("facility", "province", "specialty")},
    }  # fmt: skip
    result = {name: options[name] for name in ("level", "value", "unit")}
    result["taken"] = options["taken"].replace(tzinfo=VIET_NAM).isoformat() if options["taken"] else None
    return {
        "order": {"codes": ["|".join(code) for code in sorted(options["codes"])], "unit": options["unit"]},
        "context": {name: value for name, value in context.items() if value not in (None, "")},
        "results": [{name: value for name, value in result.items() if value not in (None, "")}]
        if options["taken"]
        else [],
    }


def _in_one_line(asked: Requirement) -> str:
    if asked.group is None:
        return "the codes are of several groups" if asked.groups else "no list knows the test: the doctor decides"
    won = explained(asked)["figures"]
    said = [f"{name} {figure['value']} ({figure['rule']})" for name, figure in won.items() if ":" not in name]
    said += [f"unsafe {', '.join(sorted(asked.unsafe))}"] if asked.unsafe else []
    doubts = [name for name in ("age_open", "setting_open") if getattr(asked, name)]
    return "; ".join([f"{asked.group.id}: {'may be reused' if asked.permits else 'not to be reused'}", *said, *doubts])


command.add_command(alerts)
command.add_command(report)
