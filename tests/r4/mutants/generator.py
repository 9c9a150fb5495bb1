"""Mutants of a valid resource: of each kind that fits it, some, chosen by a seed.

The types of elements come from the definitions the check itself uses (they are compared with HL7's
package elsewhere); which change breaks which rule is said here, from the specification, and never
asked of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from gateway.jsontext import dumps
from tests.r4.mutants.edits import Edit, applied
from tests.r4.mutants.kinds_content import CONTENT, NARRATIVES, narratives
from tests.r4.mutants.kinds_form import FORM
from tests.r4.mutants.kinds_invariants import RULES, breaches
from tests.r4.mutants.kinds_links import LINKS
from tests.r4.mutants.kinds_profiles import PROFILES
from tests.r4.mutants.kinds_syntax import SYNTAX
from tests.r4.mutants.places import Place, places


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken text, the kind of rule it breaks, and where."""

    kind: str
    edit: Edit
    text: bytes


def _name(kind: Callable[..., Any]) -> str:
    return kind.__name__.replace("_", "-")


_AT_A_PLACE: dict[str, Callable[[Place], Iterator[Edit]]] = {
    **{_name(kind): kind for kind in (*FORM, *CONTENT, *LINKS, *PROFILES)},
    **{kind: partial(narratives, kind=kind) for kind in NARRATIVES},
    **{f"invariant-{rule}": partial(breaches, rule=rule) for rule in RULES},
}
_IN_THE_TEXT = {_name(kind): kind for kind in SYNTAX}
KINDS = (*_IN_THE_TEXT, *_AT_A_PLACE)


def mutants_of(resource: dict[str, Any], seed: str, of_each_kind: int = 1) -> Iterator[Mutant]:
    """At most ``of_each_kind`` mutants of every kind that fits ``resource``; the same for the same seed.

    ``resource`` is valid and stays as it is. A kind fits where there is something that it can break.
    """
    text, here = dumps(resource), places(resource)
    for kind in KINDS:
        random = Random(f"{seed} {kind}")  # noqa: S311 - a sample, no secret
        for edit in _chosen(kind, text, here, random, of_each_kind):
            yield Mutant(kind, edit, applied(edit, resource))


_ENOUGH = 40  # places tried for a kind; in a large resource the rest is more of the same


def _chosen(kind: str, text: bytes, here: list[Place], random: Random, count: int) -> list[Edit]:
    if kind in _IN_THE_TEXT:
        edits = list(_IN_THE_TEXT[kind](text, random))
    else:
        found = _AT_A_PLACE[kind]
        edits = []
        for place in random.sample(here, len(here)):
            edits.extend(found(place))
            if len(edits) >= _ENOUGH:
                break
    return random.sample(edits, min(count, len(edits)))
