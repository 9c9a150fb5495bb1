"""patient-view: one card for all results that could be used again, before anything is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.cds.card import Written, name_of, value_of
from gateway.cds.markdown import escaped
from gateway.prior.found import Found
from gateway.reuse.order import OrderedTest
from gateway.reuse.rules import RuleSet
from gateway.reuse.verdict import ReuseVerdict
from gateway.reuse.words import in_words

Usable = Sequence[tuple[ReuseVerdict, Sequence[Found]]]  # each with what it speaks of


def tests_of(rules: RuleSet, language: str) -> Iterator[OrderedTest]:
    """Each test that a rule speaks of, as if it were ordered by any of its codes; and each panel."""
    spoken = {rule.group for rule in rules.rules if rule.window is not None}
    for group in rules.groups:
        if group.codes and (group.id in spoken or group.members):
            yield OrderedTest(group.codes, name=group.name_vi if language == "vi" else group.name_en)


def overview(usable: Usable, written: Written) -> tuple[str, list[str]]:
    """Summary and detail. A panel stands in one row, and its tests in none of their own."""
    count = len({one.prior.reference for _, found in usable for one in found})
    return written.say("cds-summary-overview", count=count), list(_detail(usable, written))


def _detail(usable: Usable, written: Written) -> Iterator[str]:
    titles = [written.say(f"cds-column-{name}") for name in ("test", "value", "taken", "facility")]
    yield f"| {' | '.join(titles)} |"
    yield "|---|---|---|---|"
    of_panels = {one.order.codes for verdict, _ in usable for one in verdict.members}
    for verdict, found in usable:
        if verdict.order.codes in of_panels:
            continue
        prior = found[0].prior
        taken = str(in_words(prior.taken, written.language)) if prior.taken else ""
        cells = (verdict.order.name, _value(verdict, found, written), taken, prior.facility_name or prior.facility)
        yield f"| {' | '.join(escaped(one) for one in cells)} |"
    yield ""
    notices = dict.fromkeys(notice for verdict, _ in usable for notice in verdict.notices(written.language))
    yield from (f"*{escaped(one)}*" for one in notices)


def _value(verdict: ReuseVerdict, found: Sequence[Found], written: Written) -> str:
    """Of a panel, each test's with its name."""
    if not verdict.members:
        return value_of(found[0].prior)
    return "; ".join(
        f"{name_of(one, written.language)} {value_of(one.chosen)}" for one in verdict.members if one.chosen is not None
    )
