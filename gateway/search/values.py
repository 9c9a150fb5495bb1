"""A parameter's value, cut at its commas and bars; ``\\`` makes the next character itself.

https://hl7.org/fhir/R4/search.html#escaping
"""

from __future__ import annotations

import re

from gateway.errors import SearchRefused

_ESCAPED = re.compile(r"\\([,|$\\])")
_BROKEN = re.compile(r"(?<!\\)(?:\\\\)*\\(?![,|$\\])")


def _cut(text: str, mark: str) -> list[str]:
    """``text`` at each ``mark`` that no backslash precedes; escapes stay."""
    if "\\" not in text:
        return text.split(mark)
    parts, start, position = [], 0, 0
    while position < len(text):
        if text[position] == "\\":
            position += 2
            continue
        if text[position] == mark:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def alternatives(name: str, value: str, limit: int) -> list[str]:
    """The values separated by commas, still escaped; SearchRefused when one is empty or there are too many."""
    if _BROKEN.search(value) or "\x00" in value:
        raise SearchRefused("search-value-malformed", parameter=name)
    found = _cut(value, ",")
    if not all(found):
        raise SearchRefused("search-value-empty", parameter=name)
    if len(found) > limit:
        raise SearchRefused("search-too-many-values", parameter=name, limit=limit)
    return found


def pieces(value: str) -> list[str]:
    """One alternative at its bars (``system|code``), unescaped."""
    return [_ESCAPED.sub(r"\1", part) for part in _cut(value, "|")]
