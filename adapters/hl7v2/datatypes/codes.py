"""CWE, CE, CNE, CF, IS, ID: codes to CodeableConcept, Coding and code.

A code system's name (HL7 table 0396) becomes its URI by mappings/hl7v2/code-systems.toml;
any other name is the sender's own and becomes ``urn:vn:cskcb:{facility}:codesystem:{name}``.
A code without a system's name stays without one: nothing is guessed.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Any

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping import mapping_file
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import UCUM
from gateway.mapping.values import SOURCE_TEXT
from gateway.mapping.vocabulary import vocabulary
from gateway.r4.ucum import is_ucum

_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*\Z")  # https://hl7.org/fhir/R4/datatypes.html#code
_TABLE = re.compile(r"HL7([0-9]{4})\Z")
# (identifier, text, system, system version) of a CWE's three triplets
_TRIPLETS = ((1, 2, 3, 7), (4, 5, 6, 8), (10, 11, 12, 13))


@lru_cache(maxsize=1)
def _systems() -> dict[str, str]:
    table: dict[str, str] = tomllib.loads(mapping_file("hl7v2", "code-systems.toml").read_text("utf-8"))["system"]
    return table


def is_code(text: str) -> bool:
    """True when the text has the form of R4's code."""
    return _CODE.match(text) is not None


def system_uri(name: str, code: str, scope: Scope) -> str:
    """The URI of a code system by its HL7 name; the sender's own when HL7 has none, or UCUM has no such ``code``."""
    if matched := _TABLE.match(name):
        return f"http://terminology.hl7.org/CodeSystem/v2-{matched[1]}"
    known = _systems().get(name.upper())
    return known if known and (known != UCUM or is_ucum(code)) else scope.system("codesystem", name)


@remembered
def codeable(value: Value, scope: Scope, vocabulary_name: str = "") -> Piece | None:
    """A CodeableConcept: each triplet a coding, the original text its text.

    With a vocabulary the first code is translated, unless it is said to be of another system than HL7's tables; the
    sender's words for it become the text.
    """
    made = Composite()
    if value.peek(3) and not _TABLE.match(value.peek(3)):
        vocabulary_name = ""
    for triplet in _TRIPLETS:
        if triplet[0] == 1 and vocabulary_name and (target := vocabulary(vocabulary_name).translate(value.peek())):
            made.add("coding", target.as_fhir(), _first(value))
            value.take()
            value.take(3)
            if value.peek(2) == target.display:
                value.take(2)
        else:
            if triplet[0] == 1 and vocabulary_name and value.peek():
                scope.ledger.remark(
                    "information", "code-invalid", "code-unmapped", value.path, vocabulary=vocabulary_name
                )
            made.add_piece("coding", _coding(value, triplet, scope))
    for component in (9, 2, 5, 11, 1, 4, 10):
        if "text" in made.value:
            break
        if component == 9 or (value.peek(component) and not _said(made, value.peek(component))):
            made.put("text", value.take_all(component), value.at(component))
    return made.piece()


def _said(made: Composite, text: str) -> bool:
    return any(text in (coding.get("display"), coding.get("code")) for coding in made.value.get("coding", ()))


def _coding(value: Value, triplet: tuple[int, int, int, int], scope: Scope) -> Piece | None:
    identifier, text, system, version = triplet
    if not _CODE.match(value.peek(identifier)):
        return None
    made = Composite()
    if name := value.take(system):
        made.put("system", system_uri(name, value.peek(identifier), scope), value.at(system))
        made.put("version", value.take(version), value.at(version))
    made.put("code", value.take(identifier), value.at(identifier) if value.components > 1 else value.path)
    made.put("display", value.take_all(text), value.at(text))
    return made.piece()


@remembered
def first_coding(value: Value, scope: Scope, vocabulary_name: str = "") -> Piece | None:
    """A Coding of the first triplet: of the vocabulary, else as sent; its text alone where there is no code."""
    if value.peek(3) and not _TABLE.match(value.peek(3)):
        vocabulary_name = ""
    if vocabulary_name and (target := vocabulary(vocabulary_name).translate(value.peek())):
        for component in (1, 2, 3):
            value.take(component)
        return Piece(target.as_fhir(), {"code": _first(value)})
    made = _coding(value, _TRIPLETS[0], scope)
    if made is not None:
        return made
    text = value.take_all(2) or value.take_all(1)
    return Piece({"display": text}, {"display": value.path}) if text else None


@remembered
def component_coding(value: Value, scope: Scope) -> Piece | None:
    """A CWE in the first component, its triplet in subcomponents, as a CodeableConcept."""
    made = Composite()
    code, display, name = (value.take(1, sub) for sub in (1, 2, 3))
    if _CODE.match(code):
        coding = Composite()
        coding.put("system", system_uri(name, code, scope) if name else "", value.path)
        coding.put("code", code, value.path)
        coding.put("display", display, value.path)
        made.add_piece("coding", coding.piece())
        display = ""
    made.put("text", display or ("" if made.value else code), value.path)
    return made.piece()


def _first(value: Value) -> str:
    return value.path if value.components == 1 else value.at(1)


def coding(value: Value, scope: Scope, vocabulary_name: str) -> Piece | None:
    """A Coding of the vocabulary; CannotPlace when it has no row for the code."""
    return Piece.of(_target(value, vocabulary_name).as_fhir(), _first(value)) if value.peek() else None


@remembered
def code(value: Value, _scope: Scope, vocabulary_name: str) -> Piece | None:
    """A code of the vocabulary; CannotPlace when it has no row for it."""
    return Piece.of(_target(value, vocabulary_name).code, _first(value)) if value.peek() else None


@remembered
def code_as_sent(value: Value, _scope: Scope, vocabulary_name: str) -> Piece | None:
    """The source-text extension for a code that its target says less exactly; None when they are equal."""
    target = vocabulary(vocabulary_name).translate(value.peek())
    if target is None or target.equivalence in ("equal", "equivalent"):
        return None
    extension: dict[str, Any] = {"url": SOURCE_TEXT, "valueString": value.peek()}
    return Piece({"extension": [extension]}, {"extension[0].valueString": _first(value)})


def _target(value: Value, vocabulary_name: str) -> Any:
    target = vocabulary(vocabulary_name).translate(value.peek())
    if target is None:
        raise CannotPlace("code-unmapped", code="code-invalid", vocabulary=vocabulary_name)
    value.take()
    value.take(2)
    value.take(3)
    return target
