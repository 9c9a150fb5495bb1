"""RequestAttributesSequence: what was asked for of a series, and the orders that one study was made for.

One study may answer several orders (grouped at the machine): the study's own AccessionNumber is then empty, and each
order's stands in an item.
"""

from __future__ import annotations

from adapters.dicomweb import codes
from adapters.dicomweb.dataset import Value, inner
from adapters.dicomweb.dictionary import by_tag
from adapters.dicomweb.numbers import accession_identifier
from adapters.dicomweb.study import Node
from adapters.dicomweb.telling import Telling
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_REASON, _REASON_CODES = (
    ("ReasonForTheRequestedProcedure", "LO", "00401002"),
    ("ReasonFor…CodeSequence", "SQ", "0040100A"),
)
_LEFT = "of the planning of the step; the study's own words for it are told"


def put_requests(node: Node, telling: Telling, study: Draft) -> None:
    """Accession numbers and reasons of the items; the study's own were placed before."""
    for item in node.repetitions("RequestAttributesSequence"):
        telling.ledger.use(item.path)
        try:
            _put(item, telling, study)
        except CannotPlace as why:
            why.clinical = True
            telling.refuse(item, why)


def _put(item: Value, telling: Telling, study: Draft) -> None:
    issuers = inner(item, "IssuerOfAccessionNumberSequence")
    for found in inner(item, "AccessionNumber"):
        made = accession_identifier(found, issuers, telling)
        _add(study, "identifier", Piece(made, {"value": found.path}))
    for found in inner(item, "RequestedProcedureID", "SH", "00401001"):
        identifier = {"system": telling.system("requested-procedure"), "value": found.value}
        _add(study, "identifier", Piece(identifier, {"value": found.path}))
    for found in inner(item, *_REASON):
        _add(study, "reasonCode", codes.words(found, telling))
    for reason in inner(item, *_REASON_CODES):
        _add(study, "reasonCode", codes.concept(reason, telling))
    placed = {"00080050", "00080051", "00401001", _REASON[2], _REASON_CODES[2]}
    for tag in item.value.keys() - placed:
        name = by_tag()[tag].keyword if tag in by_tag() else tag
        telling.ledger.leave(f"{item.path}.{name}", _LEFT)


def _add(study: Draft, path: str, piece: Piece) -> None:
    """Series of one study say it again and again."""
    if piece.value not in (study.get(path) or ()):
        study.add(path, piece)
