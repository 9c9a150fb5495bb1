"""What R4 says in words of a Questionnaire: the questions that conditions ask for, the types of first values.

https://hl7.org/fhir/R4/questionnaire-definitions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.extension_content import items

# https://hl7.org/fhir/R4/valueset-item-type.html: what answers an item. A choice may be of other types too.
_VALUES = {
    "boolean": "valueBoolean",
    "decimal": "valueDecimal",
    "integer": "valueInteger",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
    "string": "valueString",
    "text": "valueString",
    "url": "valueUri",
    "attachment": "valueAttachment",
    "reference": "valueReference",
    "quantity": "valueQuantity",
}


def questionnaire_issues(resource: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong in a Questionnaire, as far as its structure is right."""
    found = list(_questions(resource, path))
    known = {link for item, _ in found if isinstance(link := item.get("linkId"), str)}
    for item, at in found:
        for condition, place in items(item, "enableWhen", at):
            question = condition.get("question")
            if isinstance(question, str) and question not in known:
                yield Issue("error", "not-found", "r4-enable-when", f"{place}.question")
        kind = item.get("type")
        allowed = _VALUES.get(kind) if isinstance(kind, str) else None
        for name in ("initial", "answerOption"):
            for one, place in items(item, name, at) if allowed else ():
                if any(key.startswith("value") and key != allowed for key in one):
                    yield Issue("error", "value", "r4-answer-type", f"{place}.value")


def _questions(holder: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every item at any depth, with its path; the walk has bounded how deep."""
    for item, at in items(holder, "item", path):
        yield item, at
        yield from _questions(item, at)
