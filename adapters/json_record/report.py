"""A record as rows see it: what is said of all of it, and of each result with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from adapters.json_record.mapping_keys import arrays
from adapters.json_record.sent import Sent
from adapters.json_record.tree import Leaves, Node, Said, leaves, said_by
from gateway.errors import PayloadError
from gateway.mapping.mapped.record import MappedRecord
from gateway.outcome import Issue

_EXPONENT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+\Z")
_INDEX = re.compile(r"\[[0-9]+\]")


def mapped_record(sent: Sent) -> MappedRecord:
    """PayloadError where no object stands in the record's place."""
    file = sent.mapping.file
    results = file.options["results"]
    chain = arrays(results)[len(arrays(file.options["records"])) :]
    seen: list[Node] = []
    wholes: list[Leaves] = []
    items: list[Leaves] = []
    for part in sent.parts:
        if not isinstance(part.node.value, dict):
            raise PayloadError("json-record-not-objects", part.node.at)
        here = list(part.around)
        made = [Leaves(said, part.before) for said in _items(part.node, chain, said_by(here), file.fields, here)]
        outside = [leaf for leaf in here if not chain or not leaf.field.startswith(chain[0])]
        wholes.append(Leaves(said_by(outside), part.before))
        items += made or wholes[-1:]
        seen += here
    strange = _strange(seen, file.fields)
    exponents = list(_exponents(seen, sent))
    holds = [*_held(strange, seen, sent), *exponents]
    told = [(_shown(leaf), leaf.at) for leaf in strange]
    return MappedRecord([*wholes, *items], items, told, exponents, holds)


def _items(node: Node, chain: Sequence[str], around: Said, known: frozenset[str], seen: list[Node]) -> Iterator[Said]:
    """What each result says, with all that stands around it; of an element around results that has none, its own."""
    inside: list[Node] = []
    own = list(leaves(node, known, chain[0] if chain else "", inside))
    seen += own
    said = {**around, **said_by(own)}
    made = [each for one in inside for each in _items(one, chain[1:], said, known, seen)]
    if made:
        yield from made
    elif any(leaf.text for leaf in own):
        yield said


def _strange(seen: Sequence[Node], known: frozenset[str]) -> list[Node]:
    """The leaves with content that the mapping file does not speak of, each field once."""
    found: dict[str, Node] = {}
    for leaf in seen:
        if leaf.field not in known and leaf.text:
            found.setdefault(leaf.field, leaf)
    return list(found.values())


def _held(strange: Sequence[Node], seen: Sequence[Node], sent: Sent) -> Iterator[Issue]:
    """What a result says beyond the mapping file may change it. Elsewhere, where a field of a row is not there at all,
    one that is not known may be that field by another name."""
    file = sent.mapping.file
    within = file.options["results"]
    there = {leaf.field for leaf in seen}
    renamed = any(row.field and row.field not in there for row in file.rows)
    for leaf in strange:
        if renamed or (within and leaf.field.startswith(within)):
            yield Issue("warning", "not-supported", "mapped-field-strange", leaf.at, {"field": _shown(leaf)})


def _exponents(seen: Sequence[Node], sent: Sent) -> Iterator[Issue]:
    """A result as 1.5e2: which of its digits were measured cannot be told."""
    values = {row.field for rows in sent.mapping.results.values() for row in rows}
    values |= {test.column for test in sent.mapping.file.tests}
    for leaf in seen:
        if leaf.field in values and _EXPONENT.match(leaf.text):
            yield Issue("warning", "value", "json-record-exponent", leaf.at)


def _shown(leaf: Node) -> str:
    """The field as a mapping file would name it, from its place: keys that are nobody's to see stay unseen."""
    return _INDEX.sub("[]", leaf.at.rpartition(", ")[2])
