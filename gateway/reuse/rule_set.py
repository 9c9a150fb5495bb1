"""Makes one RuleSet of many lists; refuses it whole where they contradict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from gateway.errors import SettingsError
from gateway.reuse.contradictions import about, contradictions
from gateway.reuse.files import RuleList, lists_in_force, shipped_lists
from gateway.reuse.rules import RuleSet


def rule_set(folder: Path | None = None) -> RuleSet:
    """The shipped lists and a folder's as one set; SettingsError with an issue for each fault of any of them."""
    return _shipped() if folder is None else composed(lists_in_force(folder))


@cache
def _shipped() -> RuleSet:
    return composed(shipped_lists())


def composed(lists: Sequence[RuleList]) -> RuleSet:
    """SettingsError ``reuse-lists-contradict`` with every contradiction, at file, line and path."""
    if wrong := tuple(contradictions(lists)):
        raise SettingsError("reuse-lists-contradict", issues=wrong)
    groups = {group.id: group for one in lists for group in one.groups}
    return RuleSet(
        groups=tuple(groups.values()),
        rules=tuple(
            replace(sentence.rule, group=group)
            for one in lists
            for sentence in one.sentences
            for group in about(sentence, groups)
        ),
        conditions=tuple(condition for one in lists for condition in one.conditions),
        conversions=tuple(row for one in lists for row in one.conversions),
        tariffs=tuple(row for one in lists for row in one.tariffs),
        laboratories={facility: level for one in lists for facility, level in one.laboratories},
        digest=_digest(lists),
    )


def _digest(lists: Sequence[RuleList]) -> str:
    """Of the bytes of all lists, whatever the order they were read in."""
    return hashlib.sha256("\n".join(sorted(one.digest for one in lists)).encode()).hexdigest()
