"""What was asked of one order, as JSON that can be asked again. Pure.

Codes, setting and conditions alone: whose order it is stands beside it as the key of a person, never as a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gateway.prior.question import About, Question
from gateway.reuse.order import OrderedTest
from gateway.reuse.result import Code

_TEXTS = ("name", "reference", "method", "unit", "modality", "laterality", "priority")
_CODES = ("codes", "specimen", "body_site")
_FLAGS = ("repeated", "detailed", "specimen_unread")


def as_json(question: Question) -> dict[str, Any]:
    """Of a question with one order; without whom it is about and the ranges of the requester's laboratory."""
    (order,) = question.orders
    made: dict[str, Any] = {name: getattr(order, name) for name in _TEXTS if getattr(order, name)}
    made |= {name: _listed(getattr(order, name)) for name in _CODES if getattr(order, name)}
    if order.wanted_from is not None:
        made["wanted_from"] = order.wanted_from.isoformat()
    made |= {name: True for name in _FLAGS if getattr(order, name)}
    if question.setting:
        made["setting"] = question.setting
    if question.conditions:
        made["conditions"] = sorted(question.conditions)
    if question.specialty:
        made["specialty"] = question.specialty
    return made


def asked_again(kept: Mapping[str, Any], about: About) -> Question:
    """The question that :func:`as_json` was made of, about the same person."""
    plain: dict[str, Any] = {name: str(kept.get(name, "")) for name in _TEXTS}
    plain |= {name: bool(kept.get(name)) for name in _FLAGS}
    wanted = kept.get("wanted_from")
    order = OrderedTest(
        codes=_codes(kept.get("codes", ())),
        specimen=_codes(kept.get("specimen", ())),
        body_site=_codes(kept.get("body_site", ())),
        wanted_from=datetime.fromisoformat(wanted) if wanted else None,
        **plain,
    )
    conditions = frozenset(str(one) for one in kept.get("conditions", ()))
    return Question(about, (order,), kept.get("setting", ""), conditions, str(kept.get("specialty", "")))


def _listed(codes: Iterable[Code]) -> list[list[str]]:
    return sorted(list(one) for one in codes)


def _codes(kept: Iterable[Any]) -> frozenset[Code]:
    return frozenset((str(system), str(code)) for system, code in kept)
