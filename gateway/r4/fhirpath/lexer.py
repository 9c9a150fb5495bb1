"""FHIRPath text to tokens. http://hl7.org/fhirpath/2018Sep/#lexical-elements"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.r4.fhirpath.errors import FhirPathError


class Token(NamedTuple):
    kind: str  # name, quoted, string, number, time, variable, symbol, end
    text: str
    position: int


_PATTERN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<time>@T?[0-9][0-9T:.+\-Z]*)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<quoted>`(?:[^`\\]|\\.)*`)
  | (?P<variable>%(?:[A-Za-z_][A-Za-z0-9_-]*|'[^']*'|`[^`]*`))
  | (?P<name>\$?[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol><=|>=|!=|!~|[.()\[\]{},|&+\-*/=~<>])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, an ``end`` token last; FhirPathError names the position of a bad one."""
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
        return text[1:].strip("'`")
    return text


def _unescaped(match: re.Match[str]) -> str:
    mark = match.group(1)
    if len(mark) == 5:
        return chr(int(mark[1:], 16))
    return _ESCAPED.get(mark, mark)
