"""Whether a conversion row stays within one quantity: what its two units say about its factor.

A conversion is by analyte, and only between a mass and an amount of it, or between two scales of one kind. HbA1c in
NGSP per cent and in IFCC mmol/mol look like two scales of a ratio and are two quantities: their line is no factor of
10.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from gateway.reuse.rules import Conversion

_SCALES = {"": 0, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "k": 3}
_PART = re.compile(r"(?P<scale>[dcmunpfk]?)(?P<symbol>g|mol|L|eq|U|\[IU\])\Z")
_COUNT = re.compile(r"10[*^](?P<power>[0-9]{1,2})\Z")
_ARBITRARY = ("U", "[IU]")  # units by agreement: what one is in another, only the source knows
_ALIKE = Fraction(1, 200)  # two rows of one analyte, each rounded by its source, differ by less


def measured_as(unit: str) -> tuple[str, Fraction] | None:
    """(kind, size): ``mg/dL`` is ("g/L", 1/100), ``%`` is ("1", 1/100); None for a unit that is not looked into."""
    if unit == "%":
        return "1", Fraction(1, 100)
    above, _, below = unit.partition("/")
    parts = [_part(above), _part(below)] if below else [_part(above)]
    if any(part is None for part in parts):
        return None
    (top, size), *rest = [part for part in parts if part is not None]
    if not rest:
        return top, size
    bottom, divisor = rest[0]
    return ("1" if top == bottom else f"{top}/{bottom}", size / divisor)


def _part(text: str) -> tuple[str, Fraction] | None:
    if counted := _COUNT.match(text):
        return "1", Fraction(10) ** int(counted["power"])
    found = _PART.match(text)
    return (found["symbol"], Fraction(10) ** _SCALES[found["scale"]]) if found else None


def is_of_one_quantity(row: Conversion) -> bool:
    """False where the units themselves say that the factor or the offset leads to something else."""
    unit, other = measured_as(row.unit), measured_as(row.other)
    if unit is None or other is None:
        return True
    if Fraction(row.offset) != 0:
        return False
    if unit[0] == other[0]:
        return Fraction(row.factor) == unit[1] / other[1]
    kinds = {unit[0], other[0]}
    arbitrary = any(symbol in kind for kind in kinds for symbol in _ARBITRARY)
    return arbitrary or kinds in ({"g/L", "mol/L"}, {"mol/L", "eq/L"})


def molar_mass(row: Conversion) -> Fraction | None:
    """Grams in a mole by this row; None where it is not between a mass and an amount."""
    unit, other = measured_as(row.unit), measured_as(row.other)
    if unit is None or other is None or {unit[0], other[0]} != {"g/L", "mol/L"}:
        return None
    factor = Fraction(row.factor) * other[1] / unit[1]
    return factor if other[0] == "g/L" else 1 / factor


def agree(rows: Iterable[Conversion]) -> bool:
    """Whether all rows of one group speak of one molecule: urea and its nitrogen have two molar masses."""
    masses = [mass for row in rows if (mass := molar_mass(row)) is not None]
    return not masses or max(masses) <= min(masses) * (1 + _ALIKE)
