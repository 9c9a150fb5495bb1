"""Literal references as text: which server, type, id and version do they name?

https://hl7.org/fhir/R4/references.html#literal: ``[base/]Type/id[/_history/version][#fragment]``. Cut at fixed
marks and never searched, so that a megabyte of slashes costs no more than a megabyte of letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.r4.schema import is_resource_type

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SPACE = re.compile(r"\s")
_VERSION = "/_history/"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,63}:")


@dataclass(frozen=True, slots=True)
class Literal:
    """A reference in the form of R4's RESTful interface; ``base`` ends with a slash, and is empty when relative."""

    base: str
    type: str
    id: str
    version: str

    @property
    def url(self) -> str:
        """Without version and fragment, as a ``fullUrl`` has it."""
        return f"{self.base}{self.type}/{self.id}"


def literal(text: str) -> Literal | None:
    """The parts of a RESTful reference; None for any other text, a URN and a ``#`` link among them."""
    url, version = versioned(text)
    if not version and _VERSION in text.partition("#")[0]:
        return None
    rest, _, identifier = url.rpartition("/")
    base, slash, name = rest.rpartition("/")
    if not is_resource_type(name) or not _ID.fullmatch(identifier) or (version and not _ID.fullmatch(version)):
        return None
    if slash and (not base.startswith(("http://", "https://")) or _SPACE.search(base)):
        return None
    return Literal(base + slash, name, identifier, version)


def versioned(text: str) -> tuple[str, str]:
    """A reference without its version and fragment, and the version (empty when there is none)."""
    url, _, version = text.partition("#")[0].partition(_VERSION)
    return url, version


def is_absolute(text: str) -> bool:
    """True when ``text`` begins with a scheme, as a URL or URN does."""
    return _ABSOLUTE.match(text) is not None


def is_conditional(text: str) -> bool:
    """True for ``Type?query``, which only a transaction may hold. https://hl7.org/fhir/R4/http.html#trules"""
    return is_resource_type(text.partition("?")[0]) and "?" in text


def type_of(text: str) -> str | None:
    """The resource type that a literal reference names; None when its form does not tell."""
    found = literal(text)
    return found.type if found else None
