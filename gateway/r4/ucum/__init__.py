"""Is a text a UCUM code? The case-sensitive form, by grammar and table. https://ucum.org/ucum

Units and prefixes are those of ``ucum-essence.xml``, UCUM's own table of version 2.2, unchanged.
What an expression means (its dimension, its magnitude) is not asked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from xml.etree import ElementTree

_SPACE = "{http://unitsofmeasure.org/ucum-essence}"
# One step of an expression (UCUM sections 6 to 12). A symbol has digits only within brackets, but for 10* and 10^.
# An annotation is printable ASCII without braces; a space too, since R4's value set ucum-common has {clock time}.
_STEP = re.compile(
    r"""(?P<symbol> 10[*^] | (?: [!-'*,:-Z\\^-z|~] | \[ [!-Z\\^-z|~]* \] )+ ) (?: [+-]? [0-9]+ )?
      | (?P<factor> [0-9]+ )
      | (?P<mark> [./()] )
      | (?P<annotation> \{ [\ -z|~]* \} )""",
    re.VERBOSE,
)


def is_ucum(text: str) -> bool:
    """True for a UCUM expression: ``mmol/L``, ``10*9/L``, ``m[IU]/mL``, ``/[HPF]``, ``{cells}``, ``mg/(kg.d)``.

    Takes time in proportion to the length of ``text``, however it is nested.
    """
    wants_unit, may_annotate, depth, position = True, False, 0, 1 if text.startswith("/") else 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return False
        position = step.end()
        match step.lastgroup, step[0]:
            case "annotation", _ if wants_unit or may_annotate:
                wants_unit, may_annotate = False, False
            case ("symbol" | "factor") as kind, _ if wants_unit:
                if kind == "symbol" and not is_symbol(step["symbol"]):
                    return False
                wants_unit, may_annotate = False, True
            case "mark", "(" if wants_unit:
                depth += 1
            case "mark", ")" if not wants_unit and depth:
                depth, may_annotate = depth - 1, True
            case "mark", "." | "/" if not wants_unit:
                wants_unit = True
            case _:
                return False
    return not wants_unit and not depth


def is_symbol(text: str) -> bool:
    """True for a unit, or a prefix and a metric unit."""
    table = _table()
    if text in table.units:
        return True
    return any(text[:length] in table.prefixes and text[length:] in table.metric for length in (1, 2))


@dataclass(frozen=True, slots=True)
class _Table:
    units: frozenset[str]
    metric: frozenset[str]  # the units that take a prefix
    prefixes: frozenset[str]


@lru_cache(maxsize=1)
def _table() -> _Table:
    prefixes, units, metric = set[str](), set[str](), set[str]()
    for row in ElementTree.fromstring((files("gateway.r4.ucum") / "ucum-essence.xml").read_bytes()):  # noqa: S314 - ours
        code = row.attrib["Code"]
        if row.tag == f"{_SPACE}prefix":
            prefixes.add(code)
            continue
        units.add(code)
        if row.tag == f"{_SPACE}base-unit" or row.attrib["isMetric"] == "yes":
            metric.add(code)
    return _Table(frozenset(units), frozenset(metric), frozenset(prefixes))
