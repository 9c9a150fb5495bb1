"""patient-view: one card for all results that could be used again, before anything is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.cds.card import Written, value_of
from gateway.cds.markdown import escaped
from gateway.prior.found import Found
from gateway.reuse.order import OrderedTest
from gateway.reuse.rules import RuleSet
from gateway.reuse.verdict import ReuseVerdict
from gateway.reuse.words import in_words


def tests_of(rules: RuleSet, language: str) -> Iterator[OrderedTest]:
    """Each test that a rule speaks of, as if it were ordered by any of its codes."""
    spoken = {rule.group for rule in rules.rules if rule.window is not None}
    for group in rules.groups:
        if group.id in spoken and group.codes:
            yield OrderedTest(group.codes, name=group.name_vi if language == "vi" else group.name_en)


def overview(usable: Sequence[tuple[ReuseVerdict, Found]], written: Written) -> tuple[str, list[str]]:
    """Summary and detail."""
    return written.say("cds-summary-overview", count=len(usable)), list(_detail(usable, written))


def _detail(usable: Sequence[tuple[ReuseVerdict, Found]], written: Written) -> Iterator[str]:
    titles = [written.say(f"cds-column-{name}") for name in ("test", "value", "taken", "facility")]
    yield f"| {' | '.join(titles)} |"
    yield "|---|---|---|---|"
    for verdict, found in usable:
        prior = found.prior
        taken = str(in_words(prior.taken, written.language)) if prior.taken else ""
        cells = (verdict.order.name, value_of(prior), taken, prior.facility_name or prior.facility)
        yield f"| {' | '.join(escaped(one) for one in cells)} |"
    yield ""
    notices = dict.fromkeys(notice for verdict, _ in usable for notice in verdict.notices(written.language))
    yield from (f"*{escaped(one)}*" for one in notices)
