"""What an extension holds, against its definition: a value of a type, or parts.

https://hl7.org/fhir/R4/extensibility.html#extension. :func:`examined` needs nothing but the extension itself;
what takes more to judge (another extension among the parts, a reference) it hands on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.outcome import Issue
from gateway.r4.bindings import broken_binding
from gateway.r4.extension_definitions import Content, ValueRule
from gateway.r4.extension_rows import value_types

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Foreign:
    """An extension among the parts of another, with a definition of its own."""

    extension: dict[str, Any]
    owner: dict[str, Any]
    path: str


@dataclass(frozen=True, slots=True)
class Pointing:
    """A Reference whose definition says what it may point to."""

    reference: dict[str, Any]
    targets: frozenset[str]
    path: str


def is_absolute(url: str) -> bool:
    """https://hl7.org/fhir/R4/extensibility.html#extension: the url of a part alone may be relative."""
    return _ABSOLUTE.match(url) is not None


def examined(content: Content, name: str, extension: dict[str, Any], path: str) -> Iterator[Issue | Foreign | Pointing]:
    """What is wrong with an extension's value and parts; ``name`` is the extension's, for the sentences."""
    values = [key for key in extension if key in value_types()]
    if content.value is None:
        if values:
            yield wrong("r4-extension-value-forbidden", path, extension=name)
    elif content.value.is_required and not values and "extension" in extension:  # with neither, ext-1 is broken
        yield wrong("r4-extension-value-missing", path, extension=name)
    else:
        for key in values:
            yield from _value(content.value, name, key, extension[key], f"{path}.value")
    yield from _parts(content, name, extension, path)


def _value(rule: ValueRule, name: str, key: str, value: Any, path: str) -> Iterator[Issue | Pointing]:
    kind = value_types()[key]
    if rule.types and kind not in rule.types:
        yield wrong("r4-extension-type", path, extension=name, allowed=", ".join(sorted(rule.types)))
        return
    if rule.binding is not None and not key.startswith("_") and (said := broken_binding(rule.binding, value)):
        yield Issue(said[0], "code-invalid", said[1], path, rule.binding.told)
    targets = rule.types.get(kind, frozenset())
    if kind == "Reference" and targets and isinstance(value, dict):
        yield Pointing(value, targets, path)


def _parts(content: Content, name: str, extension: dict[str, Any], path: str) -> Iterator[Issue | Foreign | Pointing]:
    counts: Counter[str] = Counter()
    for part, at in items(extension, "extension", path):
        url = part.get("url")
        if not isinstance(url, str):
            continue  # the structure check has refused it
        counts[url] += 1
        rule = content.parts.get(url)
        if rule is not None and rule.content is not None:
            yield from examined(rule.content, f"{name}.{url}", part, at)
        elif rule is None and not content.takes_parts:
            yield wrong("r4-extension-part-forbidden", at, extension=name)
        elif rule is None and not is_absolute(url):
            # R4's definitions leave their parts open to others, though nothing says what a short url means here
            yield Issue("warning", "extension", "r4-extension-part-unknown", at, {"extension": name})
        else:
            yield Foreign(part, extension, at)
    for url, rule in content.parts.items():
        if counts[url] < rule.least:
            yield wrong("r4-extension-part-missing", path, extension=name, part=url)
        if rule.most is not None and counts[url] > rule.most:
            yield wrong("r4-extension-part-repeated", path, extension=name, part=url, most=rule.most)


def open_parts(extension: dict[str, Any], path: str) -> Iterator[Foreign]:
    """Of the parts of an unknown extension those that are other extensions; a short url is the unknown one's own."""
    for part, at in items(extension, "extension", path):
        url = part.get("url")
        if isinstance(url, str) and is_absolute(url):
            yield Foreign(part, extension, at)
        else:
            yield from open_parts(part, at)


def items(holder: dict[str, Any], key: str, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The extensions under a key, each with its path; what has another form the structure check has refused."""
    found = holder.get(key)
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield item, f"{path}.{key}[{index}]"


def wrong(rule: str, path: str, **parameters: object) -> Issue:
    """An error; the parameters hold names of the definition and none of the sender's."""
    return Issue("error", "extension", rule, path, parameters)
