"""Blocks to a Composition: a section for each, what became a resource as entries, all else as the sender wrote it.

A diagnosis code is a Condition, so that it is found, and kept apart where the code is listed. What stands in a
result's row and has no place in XML4 is a note of that result: both are shown, and kept apart, together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.bhyt.blocks import Block
from adapters.bhyt.converters import icd10_concept, icd10_leaves
from adapters.bhyt.episode import refer
from adapters.bhyt.papers import begin_composition, finish_composition
from adapters.bhyt.sections import narrative
from adapters.bhyt.stay import DIAGNOSED
from adapters.bhyt.told import Told
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.misread import hold_misread
from gateway.mapping.placing import Field

# A leaf as an Observation; None where it stays words.
Observed = Callable[[Told, Field], Draft | None]
# Whether a leaf is no text of the paper: placed elsewhere, or listed.
Elsewhere = Callable[[Told, Field], bool]

_NAMES_A_DIAGNOSIS = re.compile(r"icd|ma_?benh", re.IGNORECASE)
_DIAGNOSIS = re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9A-Z]{1,4})?[*†+]?\Z")
_INDEX = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class Paper:
    """The Composition being written. ``titles``: block → what a reader calls it; ``diagnoses``: field and code → it."""

    told: Told
    draft: Draft
    titles: Mapping[str, str]
    elsewhere: Elsewhere
    observed: Observed
    diagnoses: dict[tuple[str, str], Draft] = field(default_factory=dict)

    def title(self, block: Block) -> str:
        return self.titles.get(block.name.partition("[")[0], block.name)


def paper_of_blocks(
    told: Told, title: str, titles: Mapping[str, str], elsewhere: Elsewhere, observed: Observed
) -> list[Draft]:
    """The Composition, and the Observations and Conditions its leaves became."""
    draft = begin_composition(told, told.episode.id_of("Composition", told.form), title=title)
    paper = Paper(told, draft, titles, elsewhere, observed)
    made = []
    for block in told.blocks:
        made += _section(paper, block)
        _list_results(paper, block)
    if draft.get("section") is None:
        told.ledger.remark("warning", "incomplete", "bhyt-blocks-empty", told.form)
    finish_composition(told, draft)
    return [draft, *made, *paper.diagnoses.values()]


def _section(paper: Paper, block: Block) -> list[Draft]:
    told, draft, made = paper.told, paper.draft, []
    at = f"section[{draft.count('section')}]"
    for leaf in block.leaves:
        hold_misread(leaf.value, "utf-8", leaf.path, told.ledger)
        if paper.elsewhere(told, leaf):
            continue
        diagnoses = _diagnoses(paper, leaf)
        if not diagnoses and leaf.path in block.beside:
            _note(told, block, leaf)
            continue
        if draft.get(at) is None:
            draft.put(at, {"title": paper.title(block)})
        if diagnoses:
            for one in diagnoses:
                entry = f"{at}.entry[{draft.count(f'{at}.entry')}]"
                refer(draft, entry, one, leaf.path)
                draft.put(f"{entry}.display", _name(leaf))
        elif (observation := paper.observed(told, leaf)) is not None:
            refer(draft, f"{at}.entry[{draft.count(f'{at}.entry')}]", observation, leaf.path)
            made.append(observation)
        else:
            words = {"status": "additional", "div": narrative(leaf.value)}
            named = {"title": leaf.path.removeprefix(f"{block.name}."), "text": words}
            draft.place(f"{at}.section[{draft.count(f'{at}.section')}]", Piece(named, {"text.div": leaf.path}))
        told.ledger.use(leaf.path)
    return made


def _name(leaf: Field) -> str:
    return _INDEX.sub("", leaf.path.rpartition(".")[2])


def _diagnoses(paper: Paper, leaf: Field) -> list[Draft]:
    """The ICD-10 codes of a field that is called one, each a Condition; none where anything else stands in it.

    No status: what the form says of a diagnosis (found, suspected, excluded) its field names do not tell.
    """
    codes = [code.strip() for code in re.split("[;,]", leaf.value) if code.strip()]
    if not _NAMES_A_DIAGNOSIS.search(_name(leaf)) or not all(map(_DIAGNOSIS.match, codes)):
        return []
    made = []
    for code in codes:
        key = (_INDEX.sub("", leaf.path), code)
        if key not in paper.diagnoses:
            draft = paper.told.tie(Draft("Condition", paper.told.episode.id_of("Condition", *key)))
            concept = icd10_concept(code)
            draft.put("category[0].coding[0]", DIAGNOSED)
            draft.place("code", Piece(concept, dict.fromkeys(icd10_leaves(concept), leaf.path)))
            paper.diagnoses[key] = draft
        made.append(paper.diagnoses[key])
    return made


def _note(told: Told, block: Block, leaf: Field) -> None:
    """What stands in a result's row beside the result."""
    if (result := told.results.get(block.beside[leaf.path])) is None:
        told.ledger.leave(leaf.path, "the row names another episode than XML1", clinical=True)
        return
    name = _INDEX.sub("", leaf.path.removeprefix(f"{block.name}."))
    said = Piece({"text": f"{name}: {leaf.value}"}, {"text": leaf.path})
    result.place(f"note[{result.count('note')}]", said)
    told.ledger.use(leaf.path)
    if leaf.path in block.strange:
        told.ledger.hold("extension", "bhyt-result-part-unknown", leaf.path)


def _list_results(paper: Paper, block: Block) -> None:
    """The results of a block, in one section with those of other blocks of its name."""
    title, draft = paper.title(block), paper.draft
    for result in filter(None, map(paper.told.results.get, block.results)):
        sections = draft.get("section") or []
        at = next((at for at, one in enumerate(sections) if one["title"] == title), len(sections))
        draft.put(f"section[{at}].title", title)
        refer(draft, f"section[{at}].entry[{draft.count(f'section[{at}].entry')}]", result, "")
