"""Fixed and pattern values, smallest and largest, as R4 compares them.

https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_ and the clauses after it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from gateway.r4.fhirpath.nodes import key

_DATE_LIKE = re.compile(r"\d{4}(-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2})?)?)?)?", re.ASCII)


def is_exactly(value: Any, fixed: Any) -> bool:
    """Alike in every part, and nothing besides."""
    return bool(key(value) == key(fixed))


def has_pattern(value: Any, pattern: Any) -> bool:
    """Everything in ``pattern`` stands in ``value``, which may hold more; each item of a list somewhere in the list."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and has_pattern(value[name], wanted) for name, wanted in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(has_pattern(item, wanted) for item in value) for wanted in pattern)
    return is_exactly(value, pattern)


def is_below(value: Any, limit: Any) -> bool:
    """True when ``value`` is certainly less than ``limit``: both numbers, texts of one precision, or one unit."""
    if isinstance(value, dict) and isinstance(limit, dict):
        same_unit = all(value.get(name) == limit.get(name) for name in ("system", "code"))
        if "code" not in limit:
            same_unit = value.get("unit") == limit.get("unit")
        return same_unit and "comparator" not in value and is_below(value.get("value"), limit.get("value"))
    if _is_number(value) and _is_number(limit):
        return bool(value < limit)
    if isinstance(value, str) and isinstance(limit, str):
        alike = _DATE_LIKE.fullmatch(value) and _DATE_LIKE.fullmatch(limit)
        shortest = min(len(value), len(limit), 10)  # days: beyond them zones would have to be known
        return bool(alike) and value[:shortest] < limit[:shortest]
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
