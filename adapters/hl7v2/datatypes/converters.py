"""The table of converters that mapping rows name in ``datatype``; ``name:parameter`` passes a parameter on."""

from __future__ import annotations

from collections.abc import Callable

from adapters.hl7v2 import specimen_links
from adapters.hl7v2.absent import absent
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes import amounts, codes, contacts, identifiers, moments, names, parties, places
from adapters.hl7v2.datatypes.header_converters import HEADER_CONVERTERS
from adapters.hl7v2.datatypes.visit_converters import PARTICIPATION, VISIT_CONVERTERS
from adapters.hl7v2.remembered import remembered
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.rows import Row
from gateway.mapping.vocabulary import vocabulary

# (the value, the row, what the message allows to know, the row's parameter) → a Piece
_Made = Callable[[Value, Row, Scope, str], Piece | None]

Convert = Callable[[Value, Scope], Piece | None]

# What results of one laboratory, or of one message, say again and again; other conversions remember by themselves.
_REPEATED = ("extension:codeable:", "extension:dateTime:")
COVERAGE_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
_FASTING = frozenset({"F", "FNA", "NF", "NG"})
PERFORMER_FUNCTION = "http://hl7.org/fhir/StructureDefinition/event-performerFunction"
_FUNCTIONS = {"SPRF": "secondary performer", "TRANS": "Transcriber"}


def _text(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    text = value.whole().strip()
    return Piece.of(text, value.path) if text else None


def _first(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """The first component alone: the name of an XON."""
    text = value.take()
    return Piece.of(text, value.path if value.components == 1 else value.at(1)) if text else None


def _boolean(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    said = {"Y": True, "N": False}.get(value.take())
    if said is None:
        raise CannotPlace("hl7v2-value-malformed")
    return Piece.of(said, value.path)


def _positive(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    text = value.take()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1000):
        raise CannotPlace("hl7v2-value-malformed")
    return Piece.of(int(text), value.path)


def _extension(value: Value, row: Row, scope: Scope, parameter: str) -> Piece | None:
    """``extension:codeable:CodeableConcept:URL``: the converter (``table=0937``), the value's type, the URL."""
    name, suffix, url = parameter.split(":", 2)
    name, _, inner_parameter = name.partition("=")
    inner = _TABLE[name](value, row, scope, inner_parameter)
    if inner is None:
        return None
    made = Composite()
    made.put("url", url)
    made.put_piece(f"value{suffix}", inner)
    return made.piece()


def _nested(value: Value, row: Row, scope: Scope, parameter: str) -> Piece | None:
    """``nested:URL``: an extension whose inner extension ``code`` has the concept (citizenship, nationality)."""
    inner = _extension(value, row, scope, "codeable:CodeableConcept:code")
    made = Composite()
    made.put("url", parameter)
    made.add_piece("extension", inner)
    return made.piece() if inner else None


def _note(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    text = value.whole().strip()
    return Piece({"text": text}, {"text": value.path}) if text else None


def _own_number(value: Value, _row: Row, scope: Scope, kind: str) -> Piece | None:
    """ST as a number of the sender's own."""
    text = value.whole().strip()
    return Piece({"system": scope.system(kind), "value": text}, {"value": value.path}) if text else None


def _coded_organization(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece:
    return parties.reference(parties.coded_organization(value, scope), value.path)


def _coded_note(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """A CWE whose words are a note: its text, else that of its code."""
    concept = codes.codeable(value, scope)
    if concept is None:
        return None
    codings = concept.value.get("coding") or [{}]
    text = concept.value.get("text") or codings[0].get("display") or codings[0].get("code")
    return Piece({"text": text}, {"text": value.path})


def _count(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """NM as an unsignedInt."""
    text = value.take()
    if not (text.isascii() and text.isdigit() and int(text) < 100000):
        raise CannotPlace("hl7v2-value-malformed")
    return Piece.of(int(text), value.path)


def _note_of_code(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """A CWE as a note: its words, else its code."""
    if value.components == 1:
        return _note(value, _row, _scope, _parameter)
    for component in (9, 2, 1):
        if text := value.take_all(component):
            return Piece({"text": text}, {"text": value.at(component)})
    return None


def _organization(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece:
    return parties.reference(parties.organization(value, scope), value.path)


def _practitioner(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece:
    return parties.reference(parties.practitioner(value, scope), value.path)


def _interpreter(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece:
    return parties.reference(parties.interpreter(value, scope), value.path)


def _performer(value: Value, _row: Row, scope: Scope, parameter: str) -> Piece:
    """``performer:TRANS``: an NDL whose function (v3-ParticipationType) the field says."""
    who = parties.reference(parties.interpreter(value, scope), value.path)
    coding = {"system": PARTICIPATION, "code": parameter, "display": _FUNCTIONS[parameter]}
    function = {"url": PERFORMER_FUNCTION, "valueCodeableConcept": {"coding": [coding]}}
    return Piece({"extension": [function], **who.value}, {"reference": value.path})


def _agent(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    made = Composite()
    made.put_piece("who", parties.reference(parties.practitioner(value, scope), value.path))
    return made.piece()


def _reason(value: Value, row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """EVN-4: a reason, or that it is unknown (U)."""
    if value.peek() != "U":
        return codes.codeable(value, scope, row.vocabulary)
    value.take()
    for component in (2, 3):
        value.take(component)
    return Piece(absent(), {"extension[0].valueCode": value.path})


def _facility_location(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece:
    return parties.reference(parties.facility_location(value, scope), value.path)


def _device(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    made = Composite()
    made.put_piece("identifier", identifiers.entity_number(value, scope, "device"))
    return made.piece()


def _container(value: Value, row: Row, scope: Scope, parameter: str) -> Piece | None:
    made = Composite()
    made.put_piece(parameter, codes.codeable(value, scope, row.vocabulary))
    return made.piece()


def _mapped_code(value: Value, row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """The code where the vocabulary has one; another row of the field says the rest."""
    target = vocabulary(row.vocabulary).translate(value.peek())
    return Piece.of(target.code, value.path if value.components == 1 else value.at(1)) if target else None


def _number_said(value: Value, _row: Row, scope: Scope, parameter: str) -> Piece | None:
    """EI as a reference that says the number of what it means."""
    made = Composite()
    made.put_piece("identifier", identifiers.entity_number(value, scope, parameter or "diagnosis"))
    return made.piece()


def _plan_number(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """CWE as an Identifier."""
    made = Composite()
    if not value.peek():
        return None
    system = value.take(3)
    made.put("system", codes.system_uri(system, value.peek(), scope) if system else scope.system("health-plan"))
    made.put("value", value.take(), value.path if value.components == 1 else value.at(1))
    return made.piece()


def _plan_class(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """CWE as Coverage.class: a plan by its code and name."""
    text = value.take() or value.take(2)
    if not text:
        return None
    made = Composite()
    made.put("type", {"coding": [{"system": COVERAGE_CLASS, "code": "plan", "display": "Plan"}]})
    made.put("value", text, value.path)
    made.put("name", value.take(2) if value.peek() else "", value.at(2))
    return made.piece()


def _words(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """ST as a CodeableConcept: its text, or the codes that senders write there all the same."""
    if value.components > 1:
        return codes.codeable(value, scope)
    text = value.whole().strip()
    return Piece({"text": text}, {"text": value.path}) if text else None


def _mother_name(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    made = names.human_name(value, scope)
    return Piece.of(made.value["text"], value.path) if made else None


def _place_text(value: Value, row: Row, scope: Scope, _parameter: str) -> Piece | None:
    text = _text(value, row, scope, "")
    return Piece({"text": text.value}, {"text": value.path}) if text else None


def _specimen_source(value: Value, _row: Row, scope: Scope, parameter: str) -> Piece | None:
    """SPS, used until 2.5: a component (the first, else ``specimen-source:4``) with subcomponents as a CWE's."""
    at = int(parameter or 1)
    made = Composite()
    if (text := value.peek(at, 1)) and not codes.is_code(text):
        return Piece({"text": value.take_all(at)}, {"text": value.at(at)})
    if value.peek(at, 3):
        made.put("system", codes.system_uri(value.take(at, 3), value.peek(at, 1), scope), value.at(at, 3))
    made.put("code", value.take(at, 1), value.at(at))
    made.put("display", value.take(at, 2), value.at(at, 2))
    concept = Composite()
    concept.add_piece("coding", made.piece())
    return concept.piece()


def _specimen_words(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """SPS.3: free text."""
    text = value.take_all(3)
    return Piece({"text": text}, {"text": value.at(3)}) if text else None


def _in_table(value: Value, _row: Row, _scope: Scope, parameter: str) -> Piece | None:
    """``table:0936``: an ID as a concept of that HL7 table."""
    text = value.take()
    if not text:
        return None
    if not codes.is_code(text):
        return Piece({"text": text}, {"text": value.path})
    coding = {"system": f"http://terminology.hl7.org/CodeSystem/v2-{parameter}", "code": text}
    return Piece({"coding": [coding]}, {"coding[0].code": value.path})


def _fasting(value: Value, row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """A code of HL7 table 0916; any other clinical information says nothing of fasting."""
    if value.peek(3) != "HL70916" or value.peek() not in _FASTING:
        return None
    return codes.codeable(value, scope, row.vocabulary)


def _specimen_reference(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    return specimen_links.specimen_reference(value, scope)


def _collected_moment(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    return None if value.peek(2) else moments.date_time(value, scope)


def _collected_period(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    return moments.period(value, scope) if value.peek(2) else None


_TABLE: dict[str, _Made] = {
    **VISIT_CONVERTERS,
    **HEADER_CONVERTERS,
    "text": _text,
    "first": _first,
    "boolean": _boolean,
    "positive": _positive,
    "extension": _extension,
    "nested": _nested,
    "place": lambda value, _row, scope, _: places.place_reference(value, scope),
    "note": _note,
    "note-of-code": _note_of_code,
    "own-number": _own_number,
    "coded-organization": _coded_organization,
    "coded-note": _coded_note,
    "count": _count,
    "organization": _organization,
    "practitioner": _practitioner,
    "interpreter": _interpreter,
    "performer": _performer,
    "agent": _agent,
    "reason": _reason,
    "facility-location": _facility_location,
    "device": _device,
    "container": _container,
    "codeable": lambda value, row, scope, _: codes.codeable(value, scope, row.vocabulary),
    "code": lambda value, row, scope, _: codes.code(value, scope, row.vocabulary),
    "code-as-sent": lambda value, row, scope, _: codes.code_as_sent(value, scope, row.vocabulary),
    "mapped-code": _mapped_code,
    "words": _words,
    "plan-number": _plan_number,
    "plan-class": _plan_class,
    "number-said": _number_said,
    "coding": lambda value, row, scope, _: codes.coding(value, scope, row.vocabulary),
    "patient-number": lambda value, _row, scope, kind: identifiers.patient_number(value, scope, kind),
    "social-number": lambda value, _row, scope, _: identifiers.benefit_number(value, scope),
    "licence-number": lambda value, _row, scope, _: identifiers.licence_number(value, scope),
    "visit-number": lambda value, _row, scope, _: identifiers.visit_number(value, scope),
    "dicom-uid": lambda value, _row, _scope, _: identifiers.dicom_uid(value),
    "first-coding": lambda value, row, scope, _: codes.first_coding(value, scope, row.vocabulary),
    "account-number": lambda value, _row, scope, _: identifiers.account_number(value, scope),
    "number": lambda value, _row, scope, kind: identifiers.entity_number(value, scope, kind),
    "group-number": lambda value, _row, scope, _: identifiers.group_number(value, scope),
    "filler-group-number": lambda value, _row, scope, _: identifiers.filler_group_number(value, scope),
    "placer-of-pair": lambda value, _row, scope, kind: identifiers.pair_number(value, scope, kind, 1),
    "filler-of-pair": lambda value, _row, scope, kind: identifiers.pair_number(value, scope, kind, 2),
    "name": lambda value, _row, scope, _: names.human_name(value, scope),
    "address": lambda value, _row, scope, _: contacts.address(value, scope),
    "telecom": lambda value, _row, scope, use: contacts.contact_point(value, scope, use),
    "date": lambda value, _row, scope, _: moments.birth(value, scope)[0],
    "dateTime": lambda value, _row, scope, _: moments.date_time(value, scope),
    "instant": lambda value, _row, scope, _: moments.instant(value, scope),
    "period": lambda value, _row, scope, _: moments.period(value, scope),
    "discharged-to": lambda value, _row, scope, _: places.discharged_to(value, scope),
    "mother-name": _mother_name,
    "place-text": _place_text,
    "specimen-source": _specimen_source,
    "specimen-words": _specimen_words,
    "specimen-reference": _specimen_reference,
    "fasting": _fasting,
    "table": _in_table,
    "collected-moment": _collected_moment,
    "collected-period": _collected_period,
    "accession": lambda value, _row, scope, _: identifiers.specimen_number(value, scope),
    "amount": lambda value, _row, scope, _: amounts.amount(value, scope),
}


def converter(row: Row) -> Convert:
    """What a row's datatype, parameter and vocabulary ask for."""
    name, _, parameter = row.datatype.partition(":")
    made = _TABLE[name]

    def convert(value: Value, scope: Scope) -> Piece | None:
        return made(value, row, scope, parameter)

    return remembered(convert) if row.datatype.startswith(_REPEATED) else convert
