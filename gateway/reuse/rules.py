"""What the lists say: groups of equivalent tests, rules, laboratories; read from TOML by gateway.reuse.files."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from gateway.reuse.result import Code, LaboratoryLevel

Layer = Literal["national", "province", "facility", "specialty"]
Kind = Literal["laboratory", "microbiology", "imaging"]


@dataclass(frozen=True, slots=True)
class Age:
    """An age in whole calendar units, as a list writes it: ``28 days``, ``18 years``."""

    number: int
    unit: Literal["days", "weeks", "months", "years"]

    def reached(self, born: date) -> date:
        """The day somebody born then comes to be this old; a short month's last day where it has no such day."""
        return self._from(born, 1)

    def before(self, day: date) -> date:
        """The latest birth date of somebody who is this old on that day."""
        return self._from(day, -1)

    def _from(self, day: date, sign: int) -> date:
        """The calendar's last or first day where it goes no further."""
        try:
            if self.unit in ("days", "weeks"):
                return day + sign * timedelta(days=self.number * (7 if self.unit == "weeks" else 1))
            months = day.month - 1 + sign * self.number * (12 if self.unit == "years" else 1)
            year, month = day.year + months // 12, months % 12 + 1
            return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
        except (ValueError, OverflowError):
            return date.max if sign > 0 else date.min


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that answer one question and may stand for each other. ``id`` is what rules name.

    ``other_quantities``: codes of the same question measured as another quantity (HbA1c in NGSP per cent and in IFCC
    mmol/mol, urea and urea nitrogen): shown beside, never standing for each other. ``members``: of a panel, the ids of
    the groups whose results together answer it; the rules are theirs, a panel has none. ``units``: UCUM codes its value
    comes in, beside those of its conversion rows; a value in another is no measure of it. Empty: any. ``1`` among
    them: it is a bare number, as INR is, and says the same with any of them and with none.
    """

    id: str
    kind: Kind
    name_en: str
    name_vi: str
    codes: frozenset[Code]
    other_quantities: frozenset[Code] = frozenset()
    modalities: frozenset[str] = frozenset()  # imaging
    body_sites: frozenset[Code] = frozenset()  # imaging
    members: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a list about one group. Empty filters hold for everybody.

    A sentence about many groups is one Rule for each, all with its ``id``.

    ``window``: how long a result may stand, from sampling or performance. ``minimum_level``: ``same-or-higher`` as the
    requester's, or a number; 0 where none is asked (imaging has no such level). ``never_alone``: a result is never
    used in place of a new one. ``clinician_decides``: the list leaves it to the doctor. ``positives_only``: of
    microbiology. ``unsafe``: conditions that make reuse unsafe.
    """

    id: str
    group: str
    layer: Layer
    applies_to: str  # province, facility or specialty code; "" for the national layer
    list_name: str  # of the file, with its version
    source: str
    author: str
    valid_from: date
    approved: bool  # by a medical council; until then a verdict says "illustrative"
    valid_to: date | None = None
    settings: frozenset[str] = frozenset()
    youngest: Age | None = None  # at the order: from the day this age is reached
    younger_than: Age | None = None  # until the day before this age is reached
    window: timedelta | None = None
    minimum_level: int | Literal["same-or-higher"] = 0
    specimen_must_match: bool = False
    method_must_match: bool = False
    positives_only: bool = False
    never_alone: bool = False
    clinician_decides: bool = False
    report_required: bool = False
    images_required: bool = False
    unsafe: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """What makes reuse unsafe now: the ``id`` that rules and Context.conditions name, and its words."""

    id: str
    name_en: str
    name_vi: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """Between two units of ONE quantity: ``other = unit × factor + offset``. Exact as written; with its source."""

    group: str
    unit: str
    other: str
    factor: str
    offset: str
    source: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one avoided test is counted as. ``money`` in đồng, ``blood`` in millilitres."""

    group: str
    money: int
    blood: str
    source: str


@dataclass(frozen=True)
class RuleSet:
    """All files in force together. ``digest``: of their bytes, said with every verdict."""

    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    laboratories: dict[str, LaboratoryLevel] = field(default_factory=dict)  # by facility code
    digest: str = ""
    conditions: tuple[Condition, ...] = ()

    @cached_property
    def rules_of(self) -> Mapping[str, Sequence[Rule]]:
        """By the group's id, in their order."""
        made: dict[str, list[Rule]] = {}
        for rule in self.rules:
            made.setdefault(rule.group, []).append(rule)
        return made

    @cached_property
    def group_named(self) -> Mapping[str, Group]:
        """By its id."""
        return {group.id: group for group in self.groups}

    @cached_property
    def panels_of(self) -> Mapping[str, Sequence[str]]:
        """By the id of a group, those of the panels that it is a member of."""
        made: dict[str, list[str]] = {}
        for panel in self.groups:
            for member in panel.members:
                made.setdefault(member, []).append(panel.id)
        return made

    @cached_property
    def groups_having(self) -> Mapping[Code, Sequence[int]]:
        """By code, the places in ``groups`` of those that have it."""
        made: dict[Code, list[int]] = {}
        for nth, group in enumerate(self.groups):
            for code in group.codes:
                made.setdefault(code, []).append(nth)
        return made

    @cached_property
    def group_of(self) -> Mapping[Code, str]:
        """By code, the id of the last group that has it: no two of a set that was taken share one."""
        return {code: group.id for group in self.groups for code in group.codes}
