"""Whether a cell's number format shows more than its digits: "<"0.0 shows 2 as <2.0, which is another result.

A format (ECMA-376 part 1, 18.8.31) has up to four sections: of numbers above zero, below, zero, and of text. What is
known to show the value's digits and no more is told apart here; whatever else a format says, a person must look.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]|.', re.DOTALL)
_COLOUR = re.compile(r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]{1,2})\]\Z", re.IGNORECASE)
_CONDITION = re.compile(r"\[[<>=]{1,2}-?[0-9.]+\]\Z")
_LOCALE = re.compile(r"\[\$-[0-9A-Fa-f]+\]\Z")  # of no currency
_DIGITS = re.compile(r"(?:General|(?:[#0?]+(?:,[#0?]+)*(?:\.[0#?]*)?|\.[0#?]+)(?:E[+-][0#?]+)?)\Z", re.IGNORECASE)
_BELOW = re.compile(r"-(.+)|\((.+)\)", re.DOTALL)


@lru_cache(maxsize=512)
def _sections(number_format: str) -> tuple[tuple[str, bool, bool], ...]:
    """Of each: what it shows, without colours and blanks; whether it is coloured; whether it has a condition."""
    made: list[tuple[str, bool, bool]] = []
    shown, coloured, conditional = "", False, False
    for part in (*_PART.findall(number_format), ";"):
        if part == ";":
            made.append((shown, coloured, conditional))
            shown, coloured, conditional = "", False, False
        elif _COLOUR.match(part):
            coloured = True
        elif _CONDITION.match(part):
            conditional = True
        elif part[0] in "_*" and len(part) == 2:  # a gap as wide as a sign, or filled with it
            shown += "" if part[0] == "_" or part[1] == " " else part
        elif not _LOCALE.match(part):
            shown += _unmarked(part)
    return tuple(made)


def _unmarked(part: str) -> str:
    """A blank is no sign; brackets and a minus are the same with a mark before them. Other words keep theirs."""
    plain = part[1:] if part.startswith("\\") else part.strip('"') if part.startswith('"') else part
    return plain.strip() if not plain.strip() or plain in "()-" else part


def says_more(value: float | str, number_format: str) -> bool:
    """True where a person sees signs, words or a scale that the cell's value does not have."""
    sections = _sections(number_format)
    if isinstance(value, str):
        return _text_says_more(sections)
    if any(conditional for _, _, conditional in sections[:3]):
        return not all(_DIGITS.match(shown) for shown, _, _ in sections[:3])
    numbers = sections[:3] if len(sections) > 3 or "@" not in sections[-1][0] else sections[:-1] or sections
    at = 1 if value < 0 else 2 if value == 0 else 0
    shown, coloured, _ = numbers[at] if at < len(numbers) else numbers[0]
    if at == 1 and len(numbers) > 1:
        if below := _BELOW.fullmatch(shown):
            shown = below[1] or below[2]
        elif not coloured:  # -3 shown as 3
            return True
    return not _DIGITS.match(shown)


def _text_says_more(sections: tuple[tuple[str, bool, bool], ...]) -> bool:
    """Text is shown as it is unless a fourth section, or a last one with an @, says otherwise."""
    last = sections[3] if len(sections) > 3 else sections[-1]
    return (len(sections) > 3 or "@" in last[0]) and last[0] != "@"
