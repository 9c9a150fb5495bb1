"""Records that no mapping file reads yet: what their leaves are is guessed, and a mapping file written of it."""

from __future__ import annotations

from typing import Any

from adapters.json_record.mapping_keys import arrays
from adapters.json_record.sent import roots
from adapters.json_record.tree import Node, below, leaves
from gateway.adapter import Payload
from gateway.errors import PayloadError
from gateway.jsontext import Number, dumps
from gateway.mapping.proposal.guessing import Guess, guesses
from gateway.mapping.proposal.made_up import MadeUp
from gateway.mapping.proposal.text import text, undecided
from gateway.proposal import Proposal

_READ = 1000  # records that are looked at
_KEPT = 3  # of a sample
_NONE: frozenset[str] = frozenset()


def proposed(payload: Payload, name: str) -> Proposal:
    """PayloadError where no leaf has a known name."""
    found = [root.value for root in roots(payload.data) if root.broken is None][:_READ]
    values: dict[str, list[str]] = {}
    in_all: set[str] | None = None
    for one in found:
        told = list(leaves(Node(one, "", ""), _NONE))
        for leaf in told:
            values.setdefault(leaf.field, []).append(leaf.text)
        fields = {leaf.field for leaf in told}
        in_all = fields if in_all is None else in_all & fields
    guessed = guesses(values)
    placed = [one.column for one in guessed if one.test or (one.meaning and one.meaning.attribute)]
    if not placed:
        raise PayloadError("record-nothing-known")
    always = [field for field in placed if field in (in_all or ())]
    other = MadeUp(guessed)
    sample = dumps([_another(Node(one, "", ""), other) for one in found[:_KEPT]]) + b"\n"
    return Proposal(
        text("json_record", name, guessed, always, _arrays(guessed)), tuple(undecided(guessed)), sample, ".json"
    )


def _arrays(guessed: list[Guess]) -> dict[str, str]:
    """The array whose elements are results, and around it the one whose elements are reports."""
    results = [one.column for one in guessed if one.meaning is not None and one.meaning.kind == "result"]
    around = arrays(results[0]) if results else []
    return {**({"records": around[-2]} if len(around) > 1 else {}), **({"results": around[-1]} if around else {})}


def _another(node: Node, other: MadeUp) -> Any:
    """The same tree with other leaves."""
    if isinstance(node.value, dict):
        return {key: _another(one, other) for key, one in zip(node.value, below(node, _NONE), strict=True)}
    if isinstance(node.value, list):
        return [_another(one, other) for one in below(node, _NONE)]
    if node.value is None or isinstance(node.value, bool):
        return node.value
    told = other.cell(node.field, node.text)
    if isinstance(node.value, int | Number) and told != node.text:
        return int(told) if told.isdigit() else told
    return node.value if told == node.text else told
