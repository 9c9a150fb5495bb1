"""What is asked about one ordered test: its group, what the lists ask, and the patient's results that may answer it.

Many orders of one patient are asked together: the results are looked up by code, not gone through for each order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.reuse.order import Context, OrderedTest
from gateway.reuse.precedence import SETTINGS, Requirement, applicable, parts_of
from gateway.reuse.reasons import reason
from gateway.reuse.result import Code, PriorStudy
from gateway.reuse.rules import Conversion, Group, Rule
from gateway.reuse.situation import situation_reasons
from gateway.reuse.standing import Prior, last_versions
from gateway.reuse.verdict import Reason
from gateway.reuse.words import day_in_viet_nam

DCM = "http://dicom.nema.org/resources/ontology/DCM"  # modalities


@dataclass(frozen=True, slots=True)
class Question:
    """``reasons``: what the order itself says, before any result. ``other_quantities``: priors of the same question
    measured as another quantity."""

    order: OrderedTest
    context: Context
    asked: Requirement
    reasons: tuple[Reason, ...]
    priors: tuple[Prior, ...]
    other_quantities: tuple[Prior, ...]
    rows: tuple[Conversion, ...]

    def surely(self, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
        """Without what a rule rules out that may not be this patient's: that its age or setting is open is said."""
        if not self.asked.age_open and not self.asked.setting_open:
            return tuple(reasons)
        perhaps = {rule.id for rule in self.asked.rules if _hangs_on_what_is_open(rule, self.asked)}
        return tuple(one for one in reasons if one.decision != "repeat" or one.rule not in perhaps)

    @property
    def group(self) -> Group | None:
        return self.asked.group

    @property
    def withheld(self) -> datetime | None:
        """Until when something of the test was taken that may not be shown."""
        told, group = self.context.withheld, self.group
        if group is None or not told:
            return None
        codes = group.codes | {(DCM, one) for one in group.modalities}
        return max((told[code] for code in codes if code in told), default=None)

    def ambiguous(self, prior: Prior) -> bool:
        """One of its codes says another test than the others."""
        group = self.group
        if group is None:
            return False
        rules = self.context.rules
        known, panels = rules.group_of, rules.panels_of.get(group.id, ())  # whose code it may bear besides its own
        return any(
            code in group.other_quantities or ((other := known.get(code, group.id)) != group.id and other not in panels)
            for code in prior.codes
        )


class Questions:
    """All orders of one patient in one context; the results sorted by code once."""

    def __init__(self, results: Iterable[Prior], context: Context) -> None:
        self._context = _credible(context)
        self._by_code: dict[Code, list[Prior]] = {}
        self._studies: list[PriorStudy] = []
        for one in last_versions(results):
            for code in one.codes:
                self._by_code.setdefault(code, []).append(one)
            if isinstance(one, PriorStudy):
                self._studies.append(one)

    def of(self, order: OrderedTest) -> Question:
        context = self._context
        asked = applicable(order, context)
        group = asked.group
        if group is None:
            code = "reuse-groups-ambiguous" if asked.groups else "reuse-test-unknown"
            reasons: tuple[Reason, ...] = (reason(code if order.codes else "reuse-order-uncoded"),)
            priors = self._having(order.codes)
            return Question(order, context, asked, reasons, priors, (), ())
        priors = self._having(group.codes, [one for one in self._studies if _shows(one, group)])
        taken = {id(one) for one in priors}
        return Question(
            order,
            context,
            asked,
            situation_reasons(asked, context, order),
            priors,
            tuple(one for one in self._having(group.other_quantities) if id(one) not in taken),
            tuple(row for row in context.rules.conversions if row.group == group.id),
        )

    def of_parts(self, order: OrderedTest) -> tuple[Question, ...]:
        """Of a panel: one for each of its tests."""
        return tuple(self.of(part) for part in parts_of(self._context.rules, order))

    def _having(self, codes: frozenset[Code], others: Iterable[Prior] = ()) -> tuple[Prior, ...]:
        """Each once, however many of the codes it has."""
        found = {id(one): one for code in codes for one in self._by_code.get(code, ())}
        return tuple((found | {id(one): one for one in others}).values())


def _hangs_on_what_is_open(rule: Rule, asked: Requirement) -> bool:
    aged = rule.youngest is not None or rule.younger_than is not None
    return (asked.age_open and aged) or (asked.setting_open and bool(rule.settings))


def _shows(study: PriorStudy, group: Group) -> bool:
    """Found by what it shows, where its procedure has no code that a list knows."""
    return not study.modalities.isdisjoint(group.modalities) and not study.body_sites.isdisjoint(group.body_sites)


def _credible(context: Context) -> Context:
    """Without a setting that is none, and without a birth date after the day of the order: neither is then known."""
    if context.setting not in SETTINGS:
        context = replace(context, setting="")
    if context.born is None:
        return context
    today = day_in_viet_nam(context.now)
    first, last = min(context.born), min(max(context.born), today)
    return replace(context, born=(first, last) if first <= today else None)
