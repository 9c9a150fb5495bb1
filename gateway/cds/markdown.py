"""Values inside a card: of a summary (plain text, its length bounded) and of its detail (GitHub-flavoured Markdown).

https://github.github.com/gfm/#backslash-escapes. A source's words never become markup, a link or HTML.
"""

from __future__ import annotations

import re

LONGEST_SUMMARY = 139  # characters: "<140"
_MARKS = re.compile(r"([\\`*_\[\]|~@])")  # of those that mean something within a line: no value begins one
_LINKS = re.compile(r"(?i)(://|\bwww\.)")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """In one line, without control characters."""
    return "".join(sign for sign in _SPACE.sub(" ", text) if sign.isprintable()).strip()


def escaped(text: str) -> str:
    """As it reads, whatever it holds; ``<`` as an entity, so that a client which renders no Markdown makes no tag."""
    quoted = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = _MARKS.sub(r"\\\1", quoted)
    return _LINKS.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), marked)


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters, cut at the end and marked as cut."""
    line = plain(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
