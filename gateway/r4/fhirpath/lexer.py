"""FHIRPath text to tokens. http://hl7.org/fhirpath/2018Sep/#lexical-elements"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.r4.fhirpath.errors import FhirPathError

LONGEST = 20_000  # characters; the longest of R4 has 1,386


class Token(NamedTuple):
    kind: str  # name, quoted, string, number, time, variable, symbol, end
    text: str
    position: int


_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_PATTERN = re.compile(
    rf"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<time>@(?:T{_CLOCK}{_ZONE}|[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}})?)?(?:T(?:{_CLOCK}{_ZONE})?)?))
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<quoted>`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
  | (?P<variable>%(?:[A-Za-z_][A-Za-z0-9_-]*|'[^']*'|`[^`]*`|"[^"]*"))
  | (?P<name>\$?[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol><=|>=|!=|!~|[.()\[\]{{}},|&+\-*/=~<>])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", **{mark: mark for mark in "\\'\"`/"}}


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, an ``end`` token last; FhirPathError names the position of a bad one."""
    if len(text) > LONGEST:
        raise FhirPathError(f"an expression of more than {LONGEST} characters")
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise FhirPathError(f"unexpected character at {position}")
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, _content(kind, match.group()), position))
        position = match.end()
    return [*found, Token("end", "", position)]


def _content(kind: str, text: str) -> str:
    if kind in ("string", "quoted"):
        return _ESCAPE.sub(_unescaped, text[1:-1])
    if kind == "variable":
        return text[1:].strip("'`\"")
    return text


def _unescaped(match: re.Match[str]) -> str:
    mark = match.group(1)
    if len(mark) == 5:
        return chr(int(mark[1:], 16))
    if mark not in _ESCAPED:
        # '\d' is meant as a pattern's \d by some and is a plain d to others
        raise FhirPathError(f"an escape that FHIRPath does not have at {match.start()}")
    return _ESCAPED[mark]
