"""Blocks to a Composition: a section for each, its Observations as entries, every other text as the sender wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.bhyt.blocks import Block
from adapters.bhyt.episode import refer
from adapters.bhyt.papers import begin_composition, finish_composition
from adapters.bhyt.sections import narrative
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.misread import hold_misread
from gateway.mapping.placing import Field

# A leaf as an Observation; None where it stays words.
Observed = Callable[[Told, Field], Draft | None]
# Whether a leaf is no text of the paper: placed elsewhere, or listed.
Elsewhere = Callable[[Told, Field], bool]


def paper_of_blocks(
    told: Told, title: str, titles: Mapping[str, str], elsewhere: Elsewhere, observed: Observed
) -> list[Draft]:
    """The Composition, and the Observations its leaves became. ``titles``: block → what a reader calls it."""
    paper = begin_composition(told, told.episode.id_of("Composition", told.form), title=title)
    made = [draft for block in told.blocks for draft in _section(told, block, paper, titles, elsewhere, observed)]
    if paper.get("section") is None and not told.rows("XML4"):
        told.ledger.remark("warning", "incomplete", "bhyt-blocks-empty", told.form)
    finish_composition(told, paper)
    return [paper, *made]


def _section(
    told: Told, block: Block, paper: Draft, titles: Mapping[str, str], elsewhere: Elsewhere, observed: Observed
) -> list[Draft]:
    made = []
    at = f"section[{paper.count('section')}]"
    for leaf in block.leaves:
        hold_misread(leaf.value, "utf-8", leaf.path, told.ledger)
        if elsewhere(told, leaf):
            continue
        if paper.get(at) is None:
            paper.put(at, {"title": titles.get(block.name.partition("[")[0], block.name)})
        if leaf.path in block.beside:
            told.ledger.hold("extension", "bhyt-result-part-unknown", leaf.path)
        if (draft := observed(told, leaf)) is not None:
            refer(paper, f"{at}.entry[{paper.count(f'{at}.entry')}]", draft, leaf.path)
            made.append(draft)
        else:
            words = {"status": "additional", "div": narrative(leaf.value)}
            named = {"title": leaf.path.removeprefix(f"{block.name}."), "text": words}
            paper.place(f"{at}.section[{paper.count(f'{at}.section')}]", Piece(named, {"text.div": leaf.path}))
        told.ledger.use(leaf.path)
    return made
