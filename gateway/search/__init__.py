"""Search: what was asked (SearchQuery), and what is answered (a searchset Bundle).

    parse(type, pairs) → SearchQuery → gateway.store.search → Page → searchset(page)

Pure: no database, no clock. https://hl7.org/fhir/R4/search.html
What is understood stands in ``parameters.py``; everything else is refused by name, never ignored,
unless the client asked for lenient handling, and then the answer names what was ignored.
"""

from gateway.search.found import Page, searchset
from gateway.search.hit import Hit
from gateway.search.parameters import STORED_TYPES, Parameter, supported, supported_includes
from gateway.search.query import Criterion, Include, Moment, Reference, SearchQuery, Sort, Token, parse

__all__ = [
    "STORED_TYPES",
    "Criterion",
    "Hit",
    "Include",
    "Moment",
    "Page",
    "Parameter",
    "Reference",
    "SearchQuery",
    "Sort",
    "Token",
    "parse",
    "searchset",
    "supported",
    "supported_includes",
]
