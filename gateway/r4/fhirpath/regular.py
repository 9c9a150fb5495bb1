"""Regular expressions whose time grows with the text alone: RE2, which follows all ways at once.

Python's own ``re`` tries one way after another, and ``(a+)+$`` has more ways than there is time. ``.`` is any
character, line ends included, as FHIRPath has it: http://hl7.org/fhirpath/2018Sep/#matchesregex-string-boolean
Both functions raise FhirPathError for what is no pattern, and for one that RE2 has not (``\\1``, ``(?=a)``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from gateway.r4.fhirpath.errors import FhirPathError

_LONGEST = 2000  # characters of a pattern


def found(regular: str, text: str) -> bool:
    """True when a part of ``text`` matches: https://jira.hl7.org/browse/FHIR-36257"""
    try:
        return _pattern(regular).search(text) is not None
    except UnicodeEncodeError:
        raise FhirPathError("half of a surrogate pair is no character") from None


def replaced(regular: str, text: str, other: str) -> str:
    """``text`` with ``other`` in place of every part that matches."""
    if "$" in other or "\\" in other:
        raise FhirPathError("what a group matched cannot be asked for")
    try:
        made: str = _pattern(regular).sub(other, text)
    except UnicodeEncodeError:
        raise FhirPathError("half of a surrogate pair is no character") from None
    return made


@lru_cache(maxsize=256)
def _pattern(regular: str) -> Any:
    if len(regular) > _LONGEST:
        raise FhirPathError("a regular expression too long")
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    try:
        return re2.compile(regular, options)
    except re2.error:
        raise FhirPathError("no regular expression, or one that is not known here") from None
