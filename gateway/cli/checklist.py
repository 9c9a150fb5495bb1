"""The steps of a facility's onboarding, as `gateway facility show` tells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.cli.open import House, now
from gateway.cli.say import language
from gateway.facility import Facility
from gateway.installed import installed_names, running_adapters
from gateway.onboarding import Standing, Step, checklist
from gateway.store import facilities, mapping_files, onboarding

_MARKS = {"done": "[x]", "missing": "[ ]", "outside": "[-]"}


def steps(open_house: House, facility: Facility) -> list[Step]:
    """Worked out from what is stored now."""
    key = open_house.keyring.active_key(facility.code)
    with open_house.store.read() as connection:
        active = facilities.list_subscriptions(connection, now())
        mapped = {file.adapter for file in mapping_files.in_force(connection, facility.code)}
        known = Standing(
            facility,
            running=tuple(open_house.settings.adapters or installed_names()),
            unmapped=tuple(name for name in _by_mapping(facility.adapters) if name not in mapped),
            key=None if key is None else (key.kid, key.valid_to),
            recipients=len(facilities.list_recipients(connection)),
            subscriptions=sum(one.facility in ("", facility.code) for one in active),
            passed=onboarding.passed(connection, facility.code),
            codes=onboarding.codes(connection, facility.code),
        )
    return checklist(known)


def _by_mapping(names: Iterable[str]) -> list[str]:
    """Those that read by mapping files; of one that is not installed nothing is known."""
    chosen = sorted(set(names) & set(installed_names()))
    return [one.name for one in running_adapters(chosen) if one.mapped] if chosen else []


def told(found: Iterable[Step]) -> list[dict[str, Any]]:
    """As JSON, the sentence in the language of the settings."""
    return [
        {"step": one.name, "state": one.state, "rule": one.rule, "text": one.text(language()), "command": one.command}
        for one in found
    ]


def to_read(found: Iterable[Step]) -> str:
    """A line a step, and under what is missing the command."""
    lines: list[str] = []
    for one in found:
        lines.append(f"{_MARKS[one.state]} {one.name}: {one.text(language())}")
        if one.command:
            lines.append(f"      {one.command}")
    return "\n".join(lines)
