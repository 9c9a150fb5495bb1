"""How what is asked of a result came about, as plain values: the rules that apply, and which won each figure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway.reuse.precedence import Requirement
from gateway.reuse.rules import Age, Group, Rule
from gateway.reuse.verdict import ReuseVerdict

_FIGURES = (
    "window", "minimum_level", "specimen_must_match", "method_must_match", "positives_only", "never_alone",
    "clinician_decides", "report_required", "images_required",
)  # fmt: skip


def explained(asked: Requirement) -> dict[str, Any]:
    """``figures``: each with its value and the id of the rule that asked for it. ``rules``: with source and author."""
    figures: dict[str, Any] = {}
    for figure, rule in asked.asked_by.items():
        name, _, condition = figure.partition(":")
        value = condition or in_words(getattr(asked, name, True))
        figures[figure] = {"value": value, "rule": rule}
    return {
        "groups": [_group(group) for group in asked.groups],
        "permits": asked.permits,
        "age_open": asked.age_open,
        "setting_open": asked.setting_open,
        "illustrative": asked.illustrative,
        "figures": figures,
        "rules": [rule_in_words(rule) for rule in asked.rules],
    }


def verdict_in_words(verdict: ReuseVerdict) -> dict[str, Any]:
    """The decision, and each reason with its sentence in both languages and the rule that asked for it."""
    return {
        "decision": verdict.decision,
        "result": verdict.chosen.reference if verdict.chosen else "",
        "reasons": [
            {"code": one.code, "leaves": one.decision, "rule": one.rule, "en": one.text("en"), "vi": one.text("vi")}
            for one in verdict.reasons
        ],
        "notices": {"en": verdict.notices("en"), "vi": verdict.notices("vi")},
    }


def rule_in_words(rule: Rule) -> dict[str, Any]:
    """What a rule says, without what it leaves open."""
    said = {name: in_words(getattr(rule, name)) for name in _FIGURES if getattr(rule, name)}
    whom = {
        "settings": sorted(rule.settings),
        "youngest": in_words(rule.youngest),
        "younger_than": in_words(rule.younger_than),
    }
    return {
        "id": rule.id,
        "list": rule.list_name,
        "layer": rule.layer,
        "applies_to": rule.applies_to,
        "approved": rule.approved,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else "",
        "source": rule.source,
        "author": rule.author,
        "for": {name: value for name, value in whom.items() if value},
        "says": said | ({"unsafe": sorted(rule.unsafe)} if rule.unsafe else {}),
    }


def _group(group: Group) -> dict[str, Any]:
    return {"id": group.id, "kind": group.kind, "en": group.name_en, "vi": group.name_vi}


def in_words(value: Any) -> Any:
    """``60 d``, ``24 h``, ``18 years``; anything else as it is, None as an empty text."""
    if isinstance(value, timedelta):
        hours = int(value.total_seconds() // 3600)
        return f"{hours // 24} d" if hours % 24 == 0 and hours > 24 * 2 else f"{hours} h"
    if isinstance(value, Age):
        return f"{value.number} {value.unit}"
    return "" if value is None else value
