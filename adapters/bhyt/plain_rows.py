"""The rows of a table as nearly all are written: elements without attributes, a text in each, and nothing else.

Such a document needs no parser: one expression takes all its texts out, and what is left between them must be, tag by
tag, the elements around. Whatever is anything else, broken or not, is left to the XML reader, so nothing is accepted
here that it would refuse, or read otherwise; a test holds the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from adapters.bhyt import xml_reader

Cells = list[tuple[str, str]]  # the names of a row's elements with their texts, in the order written

_LEAF = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*+)(?:>([^<>]*+)</\1>| ?/>)")
_TAG = re.compile(r"(<[^<>]*>)")
_OPENING = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
_DECLARATION = re.compile(r'<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?\?>')
_BLANKS = " \t\n"  # XML's; Python's are more
# What is no character of XML, https://www.w3.org/TR/xml/#charsets: most controls, U+FFFE and U+FFFF.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_ENTITY = re.compile("&(lt|gt|amp|quot|apos);")
_MEANT = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_MOST_AROUND = 8  # elements around a row


def plain_rows(data: bytes, row: str) -> list[Cells] | None:
    """What each element ``row`` of the document holds; None where the XML reader is to read it."""
    if len(data.translate(None, _CONTROLS)) < len(data) or any(one in data for one in _NO_CHARACTERS):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")  # https://www.w3.org/TR/xml/#sec-line-ends
    before, *pieces = _LEAF.split(text)
    names, texts, behind = pieces[0::3], pieces[1::3], pieces[2::3]
    around = _around(before, row)
    if around is None or not names or row in names:
        return None
    *between, end = behind
    partings = {one for one in set(between) if one.strip(_BLANKS)}
    starts = [0, *(at for at, one in enumerate(between, 1) if one in partings), len(names)]
    if any(_tags(one) != [f"</{row}>", f"<{row}>"] for one in partings):
        return None
    if _tags(end) != [f"</{name}>" for name in (row, *reversed(around))]:
        return None
    if len(names) + len(starts) + len(around) > xml_reader.MAX_ELEMENTS:
        return None
    try:
        cells = [
            (name, _meant(one) if one and "&" in one else one or "") for name, one in zip(names, texts, strict=True)
        ]
    except ValueError:
        return None
    return [cells[first:last] for first, last in pairwise(starts)]


def _meant(text: str) -> str:
    """A text with entities as it is meant; ValueError where one is not of those that XML has itself."""
    if text.count("&") > len(_ENTITY.findall(text)):
        raise ValueError
    return _ENTITY.sub(lambda entity: _MEANT[entity[1]], text)


def _around(text: str, row: str) -> Sequence[str] | None:
    """The names of the elements around the rows, of what stands before the first text; None when it is more."""
    tags = _tags(text)
    if tags and text.startswith(tags[0]) and _DECLARATION.fullmatch(tags[0]):
        del tags[0]
    opened = [_OPENING.fullmatch(tag) for tag in tags or ()]
    names = [one[1] for one in opened if one is not None]
    if len(names) != len(opened) or names[-1:] != [row] or names.count(row) > 1 or len(names) > _MOST_AROUND:
        return None
    return names[:-1]


def _tags(text: str) -> list[str] | None:
    """What stands between ``<`` and ``>``, where there is nothing else but blanks."""
    pieces = _TAG.split(text)
    return None if any(one.strip(_BLANKS) for one in pieces[0::2]) else pieces[1::2]
