"""Kinds of mutants whose text is no JSON, or JSON that no R4 resource may be.

Each kind is a function from the valid text to the broken ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from tests.r4.mutants.edits import Edit

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')


def text_is_not_json(text: bytes, random: Random) -> Iterator[Edit]:
    """A bracket, colon or comma lost, a comma or bracket too many, a value JSON has not."""
    outside = [found.start() for found in _TOKEN.finditer(text) if found.group() in b"{}[]:,"]
    for at in random.sample(outside, min(3, len(outside))):
        yield Edit("text", (), text[:at] + text[at + 1 :])
    yield Edit("text", (), text[:-1])
    yield Edit("text", (), text[:-1] + b",}")
    yield Edit("text", (), text + b"}")
    yield Edit("text", (), text.replace(b":", b":NaN,", 1))
    yield Edit("text", (), text.replace(b"{", b"{/* a comment */", 1))


def text_is_not_an_object(text: bytes, _random: Random) -> Iterator[Edit]:
    yield Edit("text", (), b"[" + text + b"]")
    yield Edit("text", (), b'"a text"')
    yield Edit("text", (), b"null")


SYNTAX = (text_is_not_json, text_is_not_an_object)
