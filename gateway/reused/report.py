"""The report of what came of verdicts: cards, acceptances, overrides, tests avoided, and what they are counted as.

A test avoided is one accepted reuse of one test of one order. Money and blood are what the tariff says of its group;
tests of a group without a tariff are counted and not valued. Never a patient's value, a name or a doctor's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.messages import sentence
from gateway.reuse.rules import Group, RuleSet, Tariff
from gateway.reused import sensitivity
from gateway.store import Connection, outcome_counts, reuses

_DECISIONS = ("reuse", "clinician-decides", "repeat")


@dataclass(frozen=True, slots=True)
class Period:
    """Aware UTC, from ``since`` on and before ``until``; of one facility, or of all with ""."""

    since: datetime
    until: datetime
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Avoided:
    """Tests of one group; ``money`` in đồng and ``blood`` in millilitres, None where no tariff names the group."""

    group: str
    en: str
    vi: str
    tests: int
    money: int | None
    blood: Decimal | None


@dataclass(frozen=True, slots=True)
class Report:
    """``reasons``: of overrides, by code; those of a hospital's own are ``own``, none is ``none``. ``under``: for each
    rule set its name and what the accepted results come to under it."""

    period: Period
    verdicts: Mapping[str, int]
    cards: Mapping[str, int]
    accepted: int
    overridden: int
    reasons: Mapping[str, int]
    avoided: tuple[Avoided, ...]
    alerts: Mapping[str, int]
    under: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def money(self) -> int:
        return sum(one.money or 0 for one in self.avoided)

    @property
    def blood(self) -> Decimal:
        return sum((one.blood or Decimal(0) for one in self.avoided), Decimal(0))

    @property
    def without_tariff(self) -> int:
        return sum(one.tests for one in self.avoided if one.money is None)


def report(
    connection: Connection,
    period: Period,
    rules: RuleSet,
    tariffs: Sequence[Tariff],
    codes: Collection[tuple[str, str]],
    others: Sequence[tuple[str, RuleSet]] = (),
) -> Report:
    """``rules``: those in force. ``codes``: reasons to override that cards offer, by system and code: any other is a
    client's own word and not repeated. ``others``: rule sets by name, to judge what was accepted by each, too."""
    asked = (connection, period.since, period.until, period.facility)
    accepted = reuses.between(*asked)
    reasons: Counter[str] = Counter()
    for (system, code), number in outcome_counts.overrides(*asked).items():
        known = code if (system, code) in codes else "own" if code else "none"
        reasons[known] += number
    shown = outcome_counts.cards(*asked)
    given = outcome_counts.verdicts(*asked)
    sets = (("in-force", rules), *others)
    return Report(
        period=period,
        verdicts={one: given.get(one, 0) for one in _DECISIONS},
        cards={**{one: shown.get(one, 0) for one in _DECISIONS}, "told": shown.get("", 0)},
        accepted=len(accepted),
        overridden=sum(reasons.values()),
        reasons=dict(sorted(reasons.items())),
        avoided=tuple(_avoided(Counter(one.test_group for one in accepted), rules, tariffs)),
        alerts=dict(sorted(outcome_counts.alerts(*asked).items())),
        under=tuple(
            (name, dict(sorted(sensitivity.decisions(connection, accepted, each).items()))) for name, each in sets
        ),
    )


def _avoided(tests: Counter[str], rules: RuleSet, tariffs: Sequence[Tariff]) -> list[Avoided]:
    by_group: dict[str, Tariff] = {one.group: one for one in tariffs}
    named: dict[str, Group] = {one.id: one for one in rules.groups}
    made = []
    for group, number in sorted(tests.items()):
        tariff, name = by_group.get(group), named.get(group)
        money = tariff.money * number if tariff else None
        blood = Decimal(tariff.blood) * number if tariff else None
        made.append(
            Avoided(group, name.name_en if name else group, name.name_vi if name else group, number, money, blood)
        )
    return made


# ---- in words and as JSON -------------------------------------------------------------


def as_json(made: Report) -> dict[str, Any]:
    return {
        "from": made.period.since,
        "to": made.period.until,
        "facility": made.period.facility,
        "verdicts": made.verdicts,
        "cards": made.cards,
        "accepted": made.accepted,
        "overridden": made.overridden,
        "reasons": made.reasons,
        "avoided": [
            {
                "group": one.group,
                "tests": one.tests,
                "money": one.money,
                "blood": None if one.blood is None else str(one.blood),
            }
            for one in made.avoided
        ],
        "money": made.money,
        "blood": str(made.blood),
        "without_tariff": made.without_tariff,
        "alerts": made.alerts,
        "under": [{"rules": name, **counts} for name, counts in made.under],
    }


def in_words(made: Report, language: str) -> list[str]:
    """One sentence a line."""

    def say(key: str, **parameters: object) -> str:
        return sentence(f"reuse-report-{key}", language, **parameters)

    lines = [
        say("verdicts", **{name.replace("-", "_"): number for name, number in made.verdicts.items()}),
        say("cards", shown=sum(made.cards.values()), accepted=made.accepted, overridden=made.overridden),
    ]
    lines += [say("reason", number=number, reason=_reason(code, language)) for code, number in made.reasons.items()]
    for one in made.avoided:
        name = (one.vi if language == "vi" else one.en) or "?"
        valued = one.money is not None
        figures = {"money": f"{one.money:,}".replace(",", "."), "blood": one.blood} if valued else {}
        lines.append(say("avoided" if valued else "avoided-unvalued", name=name, tests=one.tests, **figures))
    lines.append(say("whole", tests=made.accepted, money=f"{made.money:,}".replace(",", "."), blood=made.blood))
    if made.alerts:
        lines.append(say("alerts", number=sum(made.alerts.values())))
    lines += [
        say("under", rules=name, reuse=counts.get("reuse", 0), tests=made.accepted) for name, counts in made.under
    ]
    return lines


def _reason(code: str, language: str) -> str:
    """``own`` and ``none`` have sentences of this report's."""
    return sentence(f"reuse-report-{code}" if code in ("own", "none") else f"cds-override-{code}", language)
