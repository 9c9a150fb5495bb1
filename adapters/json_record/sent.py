"""A JSON payload to its records, each with its own bytes: the whole, the elements of a list, lines, an array inside.

Objects of one report that stand together are one record, as the rows of a table are. Apart in the payload, others
between them, they would be two halves, of which the second overwrites the first: such a report is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from typing import Any

from adapters.json_record.spans import Span, elements, member, value
from adapters.json_record.tree import Node, below, leaves
from gateway.adapter import Record
from gateway.errors import PayloadError
from gateway.jsontext import json_lines, loads
from gateway.mapping.mapped.compiled import Compiled
from gateway.outcome import Issue

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Root:
    """An object of a payload with its bytes. ``before``: what stands before a field in its place (``[3].``).

    ``broken``: why a line is none; then nothing else of it counts.
    """

    value: dict[str, Any]
    span: Span
    before: str = ""
    broken: PayloadError | None = None

    @property
    def node(self) -> Node:
        return Node(self.value, "", self.before.removesuffix("."))


@dataclass(frozen=True, slots=True)
class Part:
    """An object that is a record, or one of several that are. ``around``: leaves that stand outside of the records."""

    node: Node
    span: Span
    before: str
    around: Sequence[Node] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Sent:
    """A record's content."""

    mapping: Compiled
    parts: Sequence[Part]


def roots(data: bytes) -> list[Root]:
    """The objects of a payload; a broken line costs itself. PayloadError where it is no JSON of objects."""
    begin = len(_MARK) if data.startswith(_MARK) else 0
    if lines := json_lines(data[begin:]):
        return list(_lines(lines, data, begin))
    found = loads(data[begin:])
    whole = value(data, begin)
    if not isinstance(found, list):
        return [Root(_object(found, ""), whole)]
    return [
        Root(_object(one, f"[{at}]"), span, f"[{at}].")
        for at, (one, span) in enumerate(zip(found, elements(data, whole), strict=True))
    ]


def _lines(lines: Sequence[tuple[int, bytes]], data: bytes, begin: int) -> Iterator[Root]:
    at = begin
    for number, line in lines:
        at = data.index(line.strip(), at)
        span, before = Span(at, at + len(line.strip())), f"line {number}, "
        at = span.end
        try:
            yield Root(_object(loads(line), f"line {number}"), span, before)
        except PayloadError as broken:
            yield Root({}, span, before, broken)


def _object(found: Any, at: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise PayloadError("json-record-not-objects", at)
    return found


def records(mapping: Compiled, found: Sequence[Root], data: bytes) -> Iterator[Record]:
    """The records of a payload, in its order."""
    runs: list[tuple[object, list[Part | Root]]] = []
    for told, together in groupby(_parts(mapping, found, data), lambda part: _told(mapping, part)):
        runs.append((told, list(together)))
    often = Counter(told for told, _ in runs)
    for position, (told, run) in enumerate(runs, 1):
        span = Span(run[0].span.start, run[-1].span.end)
        parts = [part for part in run if isinstance(part, Part)]
        content: Sent | PayloadError = Sent(mapping, parts)
        if isinstance(run[0], Root):
            content = run[0].broken or PayloadError("json-record-not-objects")
        elif often[told] > 1:
            content = PayloadError("json-record-report-apart", parts[0].node.at)
        yield Record(data[span.start : span.end], _facility(mapping, parts), content, position)


def _parts(mapping: Compiled, found: Sequence[Root], data: bytes) -> Iterator[Part | Root]:
    """The objects themselves, or the elements of [record] records in them; a broken line as it is."""
    name = mapping.file.options["records"]
    for root in found:
        if root.broken is not None:
            yield root
        elif not name:
            yield Part(root.node, root.span, root.before)
        else:
            inside: list[Node] = []
            around = list(leaves(root.node, mapping.file.fields, name, inside))
            for node, span in zip(inside, _spans(data, root.span, name), strict=True):
                yield Part(node, span, root.before, around)


def _spans(data: bytes, of: Span, name: str) -> list[Span]:
    """Of each element of an array (``a.b[]``, ``a[].b[]``), in their order, as leaves() stops at them."""
    spans = [of]
    for key in name.split("."):
        spans = [found for span in spans if (found := member(data, span, key.removesuffix("[]"))) is not None]
        if key.endswith("[]"):
            spans = [element for span in spans for element in elements(data, span)]
    return spans


def _told(mapping: Compiled, part: Part | Root) -> object:
    """What tells its report from others; a part that does not say it, or is broken, is alone."""
    if isinstance(part, Root):
        return part.span
    said = {
        leaf.field: leaf.text for leaf in leaves(part.node, mapping.file.fields) if leaf.field in mapping.file.report
    }
    told = tuple(said.get(name, "") for name in mapping.file.report)
    return told if any(told) else part.span


def _facility(mapping: Compiled, parts: Sequence[Part]) -> str:
    sender = mapping.file.options["facility"]
    if not sender:
        return ""
    said = (leaf for part in parts for leaf in (*part.around, *leaves(part.node, mapping.file.fields)))
    return next((leaf.text for leaf in said if leaf.field == sender and leaf.text), "")


def gone(found: Sequence[Root], mapping: Compiled) -> PayloadError | None:
    """Why a payload is not the mapping file's: which of the fields it is recognised by are nowhere; None if it is.

    With half of them there, it is a payload of this kind in which some were renamed: the issues name them.
    """
    wanted = mapping.file.recognise
    there: set[str] = set()
    for root in found:  # most payloads have them all in the first
        there |= {node.field for node in _all(root.node, mapping.file.fields)}
        if there.issuperset(wanted):
            return None
    missing = [name for name in wanted if name not in there]
    label = f"{mapping.file.text.name} {mapping.file.text.version}"
    if len(missing) * 2 > len(wanted):
        return PayloadError("mapping-none-fits", mappings=label)
    free = {field for field in there if field not in mapping.file.fields}
    return PayloadError("json-record-field-gone", issues=[_gone(name, free, label) for name in missing])


def _gone(name: str, free: set[str], label: str) -> Issue:
    told = {"field": name, "mapping": label}
    if alike := get_close_matches(name, sorted(free), 1, 0.6):
        return Issue("error", "structure", "json-record-field-renamed", name, {**told, "alike": alike[0]})
    return Issue("error", "structure", "json-record-field-gone", name, told)


def _all(node: Node, known: frozenset[str]) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += below(one, known)
