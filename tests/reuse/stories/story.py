"""Reads a clinical story and asks the judge: what a doctor would write, as what the judge is asked.

What a story leaves unsaid is ordinary: a final, signed result of the patient, from a laboratory of level 3 at another
facility, with the value, unit and range of usual.toml. ``tests``, ``settings`` and ``each_condition`` are each in turn;
a prior's ``of`` names the tests of a panel.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from gateway.reuse.files import read_list, shipped_lists
from gateway.reuse.judge import judge
from gateway.reuse.order import Context, OrderedTest, Setting
from gateway.reuse.result import Code, LaboratoryLevel, PriorResult, PriorStudy, Quantity, ReferenceRange, Taken
from gateway.reuse.rule_set import composed
from gateway.reuse.rules import Group, RuleSet
from gateway.reuse.standing import Prior
from gateway.reuse.words import VIET_NAM

HERE = Path(__file__).parent
ORDERED = datetime(2026, 11, 1, 9, tzinfo=VIET_NAM)  # the first day on which the shipped lists are in force
REQUESTER, SOURCE = "79001", "01777"
# What an ordinary result brings along: looked at where a story names it.
ORDINARY = frozenset(
    {"reuse-identity-certain", "reuse-signature-valid", "reuse-status-final", "reuse-level-sufficient"}
)
_UNITS = {"d": "days", "h": "hours", "min": "minutes"}
_LENGTH = re.compile(r"(-?[0-9]+) (d|h|min)")


@dataclass(frozen=True, slots=True)
class Story:
    """One ``[[story]]``. ``asks``: the rest of its table. ``because``: the source's figure that the verdict follows."""

    theme: str
    id: str
    en: str
    vi: str
    decision: str
    reasons: frozenset[str]
    because: str
    asks: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A story with one test, setting and condition of it."""

    story: Story
    group: str
    setting: str
    condition: str
    priors: tuple[Prior, ...]
    order: OrderedTest
    context: Context

    def found(self, rules: RuleSet | None = None) -> tuple[str, frozenset[str]]:
        """Decision and reasons, by other rules where some are given."""
        context = self.context
        if rules is not None:
            context = replace(context, rules=replace(rules, laboratories=context.rules.laboratories))
        verdict = judge(self.priors, self.order, context)
        unnamed = ORDINARY - self.story.reasons
        return verdict.decision, frozenset(one.code for one in verdict.reasons) - unnamed

    @property
    def expected(self) -> tuple[str, frozenset[str]]:
        return self.story.decision, self.story.reasons


@cache
def stories() -> tuple[Story, ...]:
    """All, in the order of their files."""
    return tuple(
        _story(path.stem, table) for path in sorted(HERE.glob("[0-9]*.toml")) for table in _read(path)["story"]
    )


@cache
def cases_of(story_id: str) -> tuple[Case, ...]:
    [story] = [one for one in stories() if one.id == story_id]
    return tuple(_cases(story))


@cache
def rules_with(*lists: str) -> RuleSet:
    """The shipped lists and those of sites/ named."""
    return composed((*shipped_lists(), *(read_list(HERE / "sites" / f"{one}.toml") for one in lists)))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def usual() -> dict[str, Any]:
    return _read(HERE / "usual.toml")


def _story(theme: str, table: dict[str, Any]) -> Story:
    asks = dict(table)
    said = {name: asks.pop(name) for name in ("id", "en", "vi", "decision", "because")}
    return Story(theme, reasons=frozenset(asks.pop("reasons")), asks=asks, **said)


def _cases(story: Story) -> Iterator[Case]:
    asks = story.asks
    for test in asks["tests"]:
        for setting in asks.get("settings", ["outpatient"]):
            for condition in asks.get("each_condition", [""]):
                context = _context(asks, setting, condition)
                order = _order(test, asks.get("order", {}), context.rules)
                if "withheld" in asks:
                    until = context.now - _length(asks["withheld"])
                    context = replace(context, withheld=dict.fromkeys(order.codes, until))
                told = enumerate(_each(asks.get("priors", [])), 1)
                priors = tuple(_prior(number, one, test, context) for number, one in told)
                yield Case(story, test, setting, condition, priors, order, context)


def _each(priors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """``of``: the tests of which the same is told, one result each."""
    for told in priors:
        for test in told.get("of", [None]):
            yield told if test is None else told | {"test": test}


def _context(asks: dict[str, Any], setting: Setting, condition: str) -> Context:
    rules = rules_with(*asks.get("lists", ()))
    assessed = {"assessed": date(2026, 1, 10)}
    levels = {REQUESTER: {"level": 3}, SOURCE: {"level": 3}, **asks.get("laboratories", {})}
    known = {code: LaboratoryLevel(**assessed | one) for code, one in levels.items() if one}
    now = asks.get("ordered", ORDERED)
    return Context(
        now,
        replace(rules, laboratories=known),
        setting,
        _born(asks, now.astimezone(VIET_NAM).date()),
        frozenset({*asks.get("conditions", ()), *([condition] if condition else [])}),
        REQUESTER,
        asks.get("province", ""),
        asks.get("specialty", ""),
    )


def _born(asks: dict[str, Any], today: date) -> tuple[date, date] | None:
    """A year alone leaves every day of it open."""
    born = asks.get("born")
    if isinstance(born, int):
        return date(born, 1, 1), date(born, 12, 31)
    if born is None and asks["age"] == "unknown":
        return None
    if born is None:
        number, unit = asks["age"].split()
        days = timedelta(days=int(number)) if unit.startswith("day") else None
        born = today - days if days is not None else today.replace(year=today.year - int(number), month=3, day=14)
    return born, born


def _group(test: str, rules: RuleSet) -> Group | None:
    return next((group for group in rules.groups if group.id == test), None)


def _code(text: str) -> Code:
    system, _, code = text.partition("|")
    return system, code


def _codes(texts: list[str]) -> frozenset[Code]:
    return frozenset(map(_code, texts))


def _of_group(group: Group | None) -> frozenset[Code]:
    return frozenset(sorted(group.codes)[:1]) if group else frozenset()


def _order(test: str, told: dict[str, Any], rules: RuleSet) -> OrderedTest:
    group = _group(test, rules)
    codes = _codes(told["codes"]) if "codes" in told else _of_group(group)
    imaging = group is not None and group.kind == "imaging"
    return OrderedTest(
        codes,
        test,
        specimen=_codes(told.get("specimen", [])),
        method=told.get("method", ""),
        unit=told.get("unit", ""),
        ranges=_ranges(told.get("range", []), told.get("unit", "")),
        modality=told.get("modality", sorted(group.modalities)[0] if imaging and group and group.modalities else ""),
        body_site=_codes(told["part"]) if "part" in told else group.body_sites if imaging and group else frozenset(),
        laterality=told.get("side", ""),
        repeated=told.get("repeated", False),
        priority=told.get("priority", ""),
        detailed=told.get("detailed", False),
    )


def _prior(number: int, told: dict[str, Any], test: str, context: Context) -> Prior:
    group = _group(told.get("test", test), context.rules)
    common: dict[str, Any] = {
        "version": told.get("version", 1),
        "codes": _codes(told["codes"]) if "codes" in told else _of_group(group),
        "name": test,
        "identity": told.get("identity", "certain"),
        "signature": told.get("signature", "valid"),
        "facility": told.get("facility", SOURCE),
        "taken": _taken(told, context.now),
        "amended": told.get("amended", False),
        "notes": tuple(told.get("notes", ())),
    }
    if group is not None and group.kind == "imaging" and not told.get("in_words"):
        return _study(number, told, group, common)
    unit = told.get("unit", _usual(group, 1))
    value, text = told.get("value", _usual(group, 0) if "text" not in told else ""), told.get("text", "")
    if value and not re.fullmatch(r"[<>]?=?[0-9.]+", value):
        value, text = "", value
    return PriorResult(
        told.get("reference", f"Observation/{number}"),
        status=told.get("status", "final"),
        quantity=_quantity(value, unit) if value else None,
        texts=(text,) if text else (),
        absent=told.get("absent", ""),
        ranges=_ranges(told.get("range", usual().get(group.id, ())[2:] if group and value else []), unit),
        interpretation=frozenset(told.get("flags", ())),
        specimen=_codes(told.get("specimen", [])),
        method=told.get("method", ""),
        specimen_remarks=tuple(told.get("remarks", ())),
        issued=context.now - _length(told["issued"]) if "issued" in told else None,
        effective=_taken({"ago": told["effective"], "meaning": "unstated"}, context.now)
        if "effective" in told
        else None,
        **common,
    )


def _study(number: int, told: dict[str, Any], group: Group, common: dict[str, Any]) -> PriorStudy:
    report = told.get("report", "final")
    return PriorStudy(
        f"ImagingStudy/{number}",
        status=told.get("status", "available"),
        modalities=frozenset([told["modality"]] if "modality" in told else sorted(group.modalities)[:1]),
        body_sites=_codes(told["part"]) if "part" in told else group.body_sites,
        laterality=told.get("side", ""),
        report="DiagnosticReport/1" if report else "",
        report_status=report,
        report_conclusion=told.get("conclusion", True),
        images="https://pacs.example/studies/1" if told.get("images", True) else "",
        instances=told.get("instances", 24),
        **common,
    )


def _taken(told: dict[str, Any], now: datetime) -> Taken | None:
    """``ago``: a moment; ``between``: what the words leave open, the older end first."""
    ends = told.get("between", [told["ago"]] * 2 if "ago" in told else None)
    if ends is None:
        return None
    earliest, latest = (now - _length(end) for end in ends)
    return Taken(earliest, latest, told.get("meaning", "sampling"))


def _length(text: str) -> timedelta:
    found = _LENGTH.findall(text)
    if " ".join(" ".join(one) for one in found) != text:
        raise ValueError(f"no length of time: {text}")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in found), timedelta())


def _usual(group: Group | None, at: int) -> str:
    row: list[str] = usual().get(group.id, []) if group else []
    return row[at] if len(row) > at else ""


def _ranges(ends: Any, unit: str) -> tuple[ReferenceRange, ...]:
    if not ends:
        return ()
    low, high = (_quantity(end, unit) if end else None for end in ends)
    return (ReferenceRange(low, high),)


def _quantity(text: str, unit: str) -> Quantity:
    comparator = text[: len(text) - len(text.lstrip("<>="))]
    number = text[len(comparator) :]
    return Quantity(Decimal(number), number, comparator, unit, unit)
