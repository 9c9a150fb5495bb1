"""CX, EI, EIP: numbers to Identifier, each in a system that says whose number it is.

A national number is recognised only where the sender declares it, by assigning authority or
type code (mappings/hl7v2/identifier-kinds.toml), and only when well-formed. Everything else is
the sender's own.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import date_time, period
from adapters.hl7v2.scope import FACILITY_CODE, Scope
from adapters.hl7v2.segments import Value
from gateway.bundle import BHXH, BHYT, MA_CSKCB, MA_LK, mrn_system
from gateway.mapping import mapping_file
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.naming import fixed_system, person_number_system

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_BHXH = re.compile(r"[0-9]{10}\Z")
_CARD = re.compile(r"[A-Z]{2}[0-9]{13}\Z")
_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}\Z")
US_SSN = "http://hl7.org/fhir/sid/us-ssn"
_SOCIAL = {True: ("SS", "Social Security number"), False: ("SB", "Social Beneficiary Identifier")}
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(mapping_file("hl7v2", "identifier-kinds.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    return {name: kind for kind, names in _table()["kind"].items() for name in names}


def kind_of(name: str) -> str:
    """The kind of number an assigning authority or type code declares (``mrn``, ``cccd``, …); "" for none."""
    return _kinds().get(name.upper(), "")


def uri_of(text: str, kind: str) -> str:
    """A universal ID of an HD as a URI; "" when it is none."""
    if kind in ("ISO", "") and _OID.match(text) and text.count(".") > 1:
        return f"urn:oid:{text}"
    if kind in ("URI", "URL", "") and _URI.match(text):
        return fixed_system(text)
    return f"urn:uuid:{text.lower()}" if kind == "UUID" and _UUID.match(text) else ""


def universal_uri(value: Value, component: int) -> str:
    """The URI in an HD component (its second and third subcomponent), taken; "" when there is none."""
    made = uri_of(value.peek(component, 2), value.peek(component, 3).upper())
    if made:
        value.take(component, 2)
        value.take(component, 3)
    return made


def patient_number(value: Value, scope: Scope, otherwise: str = "") -> Piece | None:
    """CX as a person's Identifier. ``otherwise``: the kind of a number without one, when it is no record number."""
    if not value.peek():
        raise CannotPlace("hl7v2-value-malformed")
    number = value.take()
    made = Composite()
    _put_type(made, value, 5)
    uri = universal_uri(value, 4)
    if uri:
        made.put("system", uri, value.at(4, 2))
    else:
        made.put("system", *_system(value, number, scope, otherwise))
    made.put("value", number, value.at(1))
    _put_assigner(made, value, 4)
    made.put_piece("period", period(value, scope, 7, 8))
    return made.piece()


def _system(value: Value, number: str, scope: Scope, otherwise: str = "") -> tuple[str, str]:
    """(the system of a number, the component that told it)."""
    authority, kind = value.peek(4), value.peek(5) or otherwise
    for declared, component in ((authority, 4), (kind, 5)):
        meaning = kind_of(declared)
        if meaning in ("cccd", "bhxh", "bhyt"):
            value.take(component)
            if national := _national(meaning, number):
                return national, value.at(component)
            scope.ledger.remark("warning", "value", "hl7v2-number-malformed", value.path, kind=meaning)
            return scope.system("id", meaning), value.at(component)
    if FACILITY_CODE.match(authority) and not otherwise:
        value.take(4)
        return mrn_system(authority), value.at(4)
    if kind_of(authority):  # "MR" in the authority's place names nobody
        authority = ""
    if kind and kind_of(kind) != "mrn":
        return scope.person_system(authority, "id", kind), value.at(5) if value.peek(5) else ""
    system = scope.person_system(authority, "mrn")
    return system, value.at(4) if system != scope.system("mrn") else ""


def _national(meaning: str, number: str) -> str:
    """The fixed system of a well-formed national number; "" when it is not well-formed."""
    if meaning == "cccd":
        return person_number_system(number)
    if _BHXH.match(number):  # a card's holder is often declared by the number alone
        return BHXH
    return BHYT if meaning == "bhyt" and _CARD.match(number) else ""


def insurance_system(number: str) -> str:
    """The system of a number that is declared to be of the health insurance: number or card; "" when it is neither."""
    return _national("bhyt", number)


def house_number(value: Value, scope: Scope) -> Piece | None:
    """CX as an organisation's Identifier."""
    if not value.peek():
        raise CannotPlace("hl7v2-value-malformed")
    made = Composite()
    _put_type(made, value, 5)
    number = organization_number(value, scope, value.take(), value.at(1) if value.components > 1 else value.path, 4)
    if number is not None:
        made.value |= number.value
        made.sources |= number.sources
    _put_assigner(made, value, 4)
    made.put_piece("period", period(value, scope, 7, 8))
    return made.piece()


def social_number(value: Value, scope: Scope) -> Piece | None:
    """PID-19: the citizen id where it looks like one, else the sender's own number."""
    number = value.whole().strip()
    made = Composite()
    made.put("system", person_number_system(number) or _social_system(number, scope))
    made.put("value", number, value.path)
    return made.piece()


def benefit_number(value: Value, scope: Scope) -> Piece | None:
    """A person's social number (ST): a citizen id where it looks like one, else HL7's type for outside the US."""
    made = social_number(value, scope)
    if made is None or made.value["system"] not in (US_SSN, scope.system("id", "ssn")):
        return made
    kind = _SOCIAL[made.value["system"] == US_SSN]
    typed = {"type": {"coding": [{"system": TYPES, "code": kind[0], "display": kind[1]}]}}
    return Piece({**typed, **made.value}, made.sources)


def _social_system(number: str, scope: Scope) -> str:
    """The United States' own system for nine digits in a message from there (MSH-17), and for nothing else."""
    return US_SSN if scope.country in ("USA", "US") and _SSN.match(number) else scope.system("id", "ssn")


_VISIT_NUMBER_CODE = {"system": TYPES, "code": "VN", "display": "Visit number"}


def visit_number(value: Value, scope: Scope) -> Piece | None:
    """PV1-19: the episode of the insurance data where declared so, else the facility's visit number."""
    number = value.take()
    if not number:
        raise CannotPlace("hl7v2-value-malformed")
    made = Composite()
    declared = next((c for c in (5, 4) if kind_of(value.peek(c)) == "ma-lk"), 0)
    if declared and FACILITY_CODE.match(scope.facility):
        value.take(declared)
        made.put("system", MA_LK, value.at(declared))
        made.put("value", f"{scope.facility}.{number}", value.at(1))
    else:
        made.put("type", {"coding": [dict(_VISIT_NUMBER_CODE)], "text": "visit number"})
        made.put("system", universal_uri(value, 4) or scope.system("visit"))
        made.put("value", number, value.at(1))
        if value.peek(5) == "VN":
            value.take(5)
    _put_assigner(made, value, 4)
    made.put_piece("period", period(value, scope, 7, 8))
    return made.piece()


def account_number(value: Value, scope: Scope) -> Piece | None:
    """CX as the facility's number of an account."""
    made = Composite()
    if not value.peek():
        raise CannotPlace("hl7v2-value-malformed")
    _put_type(made, value, 5)
    made.put("system", universal_uri(value, 4) or scope.system("account"))
    made.put("value", value.take(), value.at(1) if value.components > 1 else value.path)
    _put_assigner(made, value, 4)
    made.put_piece("period", period(value, scope, 7, 8))
    return made.piece()


def licence_number(value: Value, scope: Scope) -> Piece | None:
    """DLN: a driver's licence, with who issued it and until when it holds. It links nobody."""
    made = Composite()
    if not value.peek():
        raise CannotPlace("hl7v2-value-malformed")
    made.put("type", {"coding": [{"system": TYPES, "code": "DL", "display": "Driver's license number"}]})
    made.put("system", scope.system("id", "dl"))
    made.put("value", value.take(), value.at(1) if value.components > 1 else value.path)
    _put_assigner(made, value, 2)
    if (end := date_time(value, scope, 3)) is not None:
        made.put_piece("period", Piece({"end": end.value}, {"end": value.at(3)}))
    return made.piece()


def practitioner_licence(value: Value, scope: Scope) -> Piece | None:
    """PLN: a practitioner's number with its type and until when it holds."""
    made = Composite()
    if not value.peek():
        raise CannotPlace("hl7v2-value-malformed")
    if kind := value.take(2):
        made.put_piece("type", Piece({"text": kind}, {"text": value.at(2)}))
    made.put("system", scope.system("id", "licence", value.peek(3)) if value.peek(3) else scope.system("id", "licence"))
    made.put("value", value.take(), value.at(1) if value.components > 1 else value.path)
    _put_assigner(made, value, 3)
    if (end := date_time(value, scope, 4)) is not None:
        made.put_piece("period", Piece({"end": end.value}, {"end": value.at(4)}))
    return made.piece()


def specimen_number(value: Value, scope: Scope) -> Piece | None:
    """CX as a specimen's number, the laboratory's own."""
    made = Composite()
    if not value.peek():
        return None
    made.put("system", universal_uri(value, 4) or scope.system("specimen"))
    made.put("value", value.take(), value.at(1) if value.components > 1 else value.path)
    _put_assigner(made, value, 4)
    return made.piece()


def dicom_uid(value: Value) -> Piece:
    """EI whose number is a DICOM UID, as ImagingStudy has it (https://hl7.org/fhir/R4/imagingstudy.html#notes)."""
    if not _OID.match(value.peek()):
        raise CannotPlace("hl7v2-value-malformed", clinical=True)
    made = Composite()
    made.put("system", "urn:dicom:uid")
    made.put("value", f"urn:oid:{value.take()}", value.at(1) if value.components > 1 else value.path)
    if namespace := value.take(2):
        made.put_piece("assigner", Piece({"display": namespace}, {"display": value.at(2)}))
    return Piece(made.value, made.sources)


_NUMBER_KINDS = {
    "accession": ("ACSN", "Accession ID"),
    "placer": ("PLAC", "Placer Identifier"),
    "filler": ("FILL", "Filler Identifier"),
    "placer-appointment": ("PLAC", "Placer Identifier"),
    "filler-appointment": ("FILL", "Filler Identifier"),
    "group": ("PGN", "Placer Group Number"),
    "filler-group": ("FGN", "Filler Group Number"),
    "shipment": ("SHIP", "Shipment Tracking Number"),
}


def entity_number(value: Value, scope: Scope, kind: str) -> Piece | None:
    """EI as an Identifier of the sender's ``kind`` of numbers."""
    made = _typed(kind)
    number = value.take()
    if not number:
        return None
    uri = uri_of(value.peek(3), value.peek(4).upper())
    if uri:
        value.take(3)
        value.take(4)
    made.put("system", uri or scope.system(kind), value.at(3) if uri else "")
    made.put("value", number, value.at(1))
    if namespace := value.take(2):
        made.put_piece("assigner", Piece({"display": namespace}, {"display": value.at(2)}))
    return made.piece()


def pair_number(value: Value, scope: Scope, kind: str, component: int) -> Piece | None:
    """One half of an EIP, an EI written with subcomponents, as an Identifier."""
    made = _typed(kind)
    number = value.take(component)
    if not number:
        return None
    uri = uri_of(value.peek(component, 3), value.peek(component, 4).upper())
    if uri:
        value.take(component, 3)
        value.take(component, 4)
    made.put("system", uri or scope.system(kind), value.at(component, 3) if uri else "")
    made.put("value", number, value.at(component))
    if namespace := value.take(component, 2):
        made.put_piece("assigner", Piece({"display": namespace}, {"display": value.at(component, 2)}))
    return made.piece()


def group_number(value: Value, scope: Scope) -> Piece | None:
    """ORC-4, an EI; in 2.8.2 an EIP, of which the first half is the placer's."""
    return pair_number(value, scope, "group", 1) if _is_pair(value) else entity_number(value, scope, "group")


def filler_group_number(value: Value, scope: Scope) -> Piece | None:
    """The second half of an ORC-4 that is an EIP; an EI has a namespace there."""
    return pair_number(value, scope, "filler-group", 2) if _is_pair(value) else None


def _is_pair(value: Value) -> bool:
    """EIP writes each half's namespace as subcomponents (HL7 v2.8.2 section 2A.3.28)."""
    return any(len(part) > 1 for part in value.parts[:2])


def alternate_number(value: Value, scope: Scope) -> Piece | None:
    """CX as another placer's number; one that another authority gave is none of the sender's own."""
    made = _typed("placer")
    number = value.take()
    if not number:
        return None
    made.put("system", universal_uri(value, 4) or scope.person_system(value.peek(4), "placer"))
    made.put("value", number, value.at(1) if value.components > 1 else value.path)
    _put_assigner(made, value, 4)
    return made.piece()


def _typed(kind: str) -> Composite:
    made = Composite()
    if kind in _NUMBER_KINDS:
        code, display = _NUMBER_KINDS[kind]
        made.put("type", {"coding": [{"system": TYPES, "code": code, "display": display}]})
    return made


def organization_number(value: Value, scope: Scope, number: str, source: str, authority: int) -> Piece | None:
    """An organisation's number: MA_CSKCB where it is one and is declared so, else the sender's own."""
    made = Composite()
    declared = kind_of(value.peek(authority)) == "ma-cskcb"
    if declared and FACILITY_CODE.match(number):
        value.take(authority)
        made.put("system", MA_CSKCB, value.at(authority))
    else:
        made.put("system", universal_uri(value, authority) or scope.system("organization"))
    made.put("value", number, source)
    return made.piece()


def _put_type(made: Composite, value: Value, component: int) -> None:
    kind = value.take(component)
    if kind in _table()["type"]["codes"] or re.match(r"NN[A-Z]{3}\Z", kind):
        coding = {"coding": [{"system": TYPES, "code": kind}]}
        made.put_piece("type", Piece(coding, {"coding[0].code": value.at(component)}))
    elif kind:
        made.put_piece("type", Piece({"text": kind}, {"text": value.at(component)}))


def _put_assigner(made: Composite, value: Value, component: int) -> None:
    if name := value.take(component):
        made.put_piece("assigner", Piece({"display": name}, {"display": value.at(component)}))
