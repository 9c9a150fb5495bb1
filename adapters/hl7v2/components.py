"""RXC to Medication.ingredient: what a medicine is mixed of, and how much of each for how much of the base.

HL7 v2.8.2 section 4A.4.3: the amount of the base (B) is that into which the amounts of the others (A) are mixed, and
need not be what is given (RXO-2). HL7 has no map of RXC.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.dosage import quantity
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from gateway.bundle import CANONICAL, deterministic_id
from gateway.mapping.draft import Draft, Piece, own_copy
from gateway.mapping.placing import place

_SOURCE_TEXT = f"{CANONICAL}/StructureDefinition/source-text"
_BASE, _KINDS = "B", ("A", "B")  # HL7 table 0166


def place_components(parts: Sequence[Segment], medication: Draft, key: tuple[str, ...], scope: Scope) -> list[Draft]:
    """The Medications of components that have a strength of their own, for each RXC-5.

    Held: a recipe without one base and its amount, and a component without code or amount.
    """
    bases = [part for part in parts if part.text(1) == _BASE]
    recipe = quantity(bases[0], 3, 4, scope) if len(bases) == 1 else None
    if recipe is None or any(part.text(1) not in _KINDS for part in parts):
        scope.ledger.hold("structure", "hl7v2-medication-parts", parts[0].label)
        if recipe is None:
            return []
    made: list[Draft] = []
    for position, part in enumerate(parts, 1):
        amount = quantity(part, 3, 4, scope)
        code = _code(part, scope)
        if amount is None or code is None:
            scope.ledger.hold("required", "hl7v2-medication-parts", part.label)
            continue
        ingredient = Composite()
        for kind in part.said(1):
            mark = Piece({"url": _SOURCE_TEXT, "valueString": kind.take()}, {"valueString": kind.path})
            ingredient.add_piece("extension", mark)
        if (own := strength(part, (5, 6, 8, 9), scope)) is None:
            ingredient.put_piece("itemCodeableConcept", code)
        else:
            drug = Draft("Medication", deterministic_id(scope.facility, "Medication", *key, "component", str(position)))
            drug.place("code", code)
            drug.add("ingredient", of_strength(drug, own))
            ingredient.put("itemReference", drug.reference)
            made.append(drug)
        ratio = Composite()
        ratio.put_piece("numerator", amount)
        ratio.put_piece("denominator", Piece(dict(recipe.value), recipe.sources))
        ingredient.put_piece("strength", ratio.piece())
        medication.add("ingredient", ingredient.piece())
    return made


def strength(segment: Segment, fields: tuple[int, int, int, int], scope: Scope) -> Piece | None:
    """A drug's strength by its amount, unit, volume and volume's unit; of one piece where no volume is said."""
    ratio = Composite()
    ratio.put_piece("numerator", quantity(segment, *fields[:2], scope))
    if "numerator" not in ratio.value:
        return None
    ratio.put_piece("denominator", quantity(segment, *fields[2:], scope))
    if "denominator" not in ratio.value:
        ratio.put("denominator", {"value": 1})
    return ratio.piece()


def of_strength(drug: Draft, own: Piece) -> Piece:
    """The drug's own code, and its strength, as its ingredient."""
    made = Composite()
    made.put_piece("itemCodeableConcept", _copied(drug, "code"))
    made.put_piece("strength", own)
    return Piece(made.value, made.sources)


def _code(part: Segment, scope: Scope) -> Piece | None:
    """RXC-2, by its row."""
    draft = Draft("Ingredient", "")
    place(segment_rows("RXC"), part, {"Ingredient": draft}, scope, scope.ledger)
    return _copied(draft, "itemCodeableConcept")


def _copied(draft: Draft, element: str) -> Piece | None:
    """An element of the draft with its lineage, as a value of its own."""
    found, start = draft.get(element), f"{element}."
    sources = {path.removeprefix(start): at for path, at in draft.lineage.items() if path.startswith(start)}
    return None if found is None else Piece(own_copy(found), sources)
