"""Reason and ReuseVerdict: what the judge answers, with everything that counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.messages import sentence
from gateway.reuse.order import OrderedTest
from gateway.reuse.result import PriorResult, PriorStudy
from gateway.reuse.rules import Condition, Conversion, Group
from gateway.reuse.series import Point, Shown, series, shown_both_ways
from gateway.reuse.words import in_words

Decision = Literal["reuse", "clinician-decides", "repeat"]  # from the best to the worst; the worst reason decides


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that counted. ``code``: a key of gateway/messages/reuse.toml, which has its sentence in both languages.

    ``decision``: the best verdict this reason leaves possible. ``parameters``: figures, names and rules, as the
    sentence needs them; they go to the doctor, never to a log.
    """

    code: str
    decision: Decision
    parameters: Mapping[str, object] = field(default_factory=dict)
    rule: str = ""  # id of the rule that asked for it

    def text(self, language: str = "en") -> str:
        """The sentence with its figures and dates, ``language`` being "en" or "vi"."""
        return sentence(self.code, language, **{name: in_words(one, language) for name, one in self.parameters.items()})


@dataclass(frozen=True, slots=True)
class Considered:
    """One prior result or study, and what it alone would have come to."""

    prior: PriorResult | PriorStudy
    decision: Decision
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ReuseVerdict:
    """The answer for one ordered test. The doctor always decides; this is what the rules and the proof come to.

    ``decision``: the worst of ``reasons``. ``chosen``: the prior it speaks of (the newest that stands), None where
    there is none. ``considered``: those looked at, newest first, then those withdrawn, then other quantities.
    ``rules``: ids of the rules that applied. ``illustrative``: one of them is not approved by a medical council.
    ``course``: all results of the test that stand, over all facilities; ``conversions``: the rows of the test.
    ``unless``: what would make reuse unsafe and nobody said, neither that it holds nor that it does not.
    ``group``: of the test, None where no list knows it. ``members``: of a panel, the verdict on each of its tests, in
    the list's order; it then speaks of no prior itself, unless all there is bears the panel's own code.
    """

    order: OrderedTest
    decision: Decision
    reasons: tuple[Reason, ...]
    chosen: PriorResult | PriorStudy | None = None
    considered: tuple[Considered, ...] = ()
    rules: tuple[str, ...] = ()
    rules_digest: str = ""
    illustrative: bool = True
    course: tuple[PriorResult, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    unless: tuple[Condition, ...] = ()
    group: Group | None = None
    members: tuple[ReuseVerdict, ...] = ()

    @property
    def each(self) -> tuple[ReuseVerdict, ...]:
        """Itself, and of a panel those of its tests."""
        return (self, *self.members)

    @property
    def spoken_of(self) -> tuple[PriorResult | PriorStudy, ...]:
        """Every prior that it or a test of the panel speaks of."""
        return tuple(one.chosen for one in self.each if one.chosen is not None)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The chosen value as its source wrote it, then in the requester's unit where a row leads there."""
        if not isinstance(self.chosen, PriorResult):
            return ()
        return shown_both_ways(self.chosen, self.order.unit, self.conversions)

    @property
    def series(self) -> tuple[Point, ...]:
        """The course, oldest first, each value in both units; what does not compare is marked."""
        return series(self.course, self.order.unit, self.conversions)

    def notices(self, language: str = "en") -> tuple[str, ...]:
        """What is said with every verdict and changes none: who decides, what the doctor must know to be otherwise,
        and that no council approved the rules."""
        said = [sentence("reuse-doctor-decides", language)]
        if self.unless and self.decision != "repeat":
            names = "; ".join(one.name_vi if language == "vi" else one.name_en for one in self.unless)
            said.append(sentence("reuse-unless", language, conditions=names))
        if self.illustrative:
            said.append(sentence("reuse-rules-illustrative", language))
        return tuple(said)
