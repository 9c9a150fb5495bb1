"""A dataset in the DICOM JSON model (PS3.18 annex F): its attributes, read one by one and held to their VR.

A value that has another form than its VR demands costs that attribute, never the study.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.dicomweb.dictionary import Known, by_keyword
from gateway.jsontext import Number
from gateway.mapping.ledger import CannotPlace

_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+\Z")
_UID_LENGTH = 64  # PS3.5 section 9
_WHOLE = re.compile(r"[+-]?[0-9]{1,12}\Z")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?\Z")
_TEXTS = frozenset(["AE", "AS", "CS", "DA", "DT", "LO", "LT", "SH", "ST", "TM", "UC", "UI", "UR", "UT"])
_WHOLE_NUMBERS = frozenset(["IS", "US", "UL", "SS", "SL"])
_OTHERS = frozenset(["AT", "DS", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "PN", "SQ", "SV", "UN", "UV"])
_VRS = _TEXTS | _WHOLE_NUMBERS | _OTHERS  # all of PS3.5 section 6.2
_PARTS = {"vr", "Value", "BulkDataURI", "InlineBinary"}
GROUPS = ("Alphabetic", "Ideographic", "Phonetic")  # of a person's name

Dataset = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an attribute. ``path``: ``[2].PatientName.Alphabetic``, the second dataset's.

    ``value``: a text; a number as it was written; a Dataset for an item of a sequence. ``group``: of a name's GROUPS.
    """

    path: str
    value: Any
    known: Known
    group: str = ""

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""


def read(known: Known, written: Any, at: str) -> tuple[Value, ...]:
    """The values of an attribute that say something; CannotPlace when it has not the form its VR demands."""
    path = f"{at}.{known.keyword}"
    if not isinstance(written, dict) or written.keys() - _PARTS:
        raise CannotPlace("dicom-attribute-malformed")
    vr = written.get("vr")
    if vr != known.vr and not (vr == "UN" and "Value" not in written):
        raise CannotPlace("dicom-vr-differs", vr=known.vr)
    if "BulkDataURI" in written or "InlineBinary" in written:
        raise CannotPlace("dicom-value-elsewhere")
    values = written.get("Value", [])
    if not isinstance(values, list):
        raise CannotPlace("dicom-attribute-malformed")
    made: list[Value] = []
    for number, value in enumerate(values, 1):
        if value is None:
            continue
        place = path if len(values) == 1 else f"{path}[{number}]"
        if known.vr == "PN":
            made.extend(_name(known, value, place))
        elif known.vr == "SQ":
            if not isinstance(value, dict):
                raise CannotPlace("dicom-attribute-malformed")
            if value:
                made.append(Value(place, value, known))
        elif text := _text(known.vr, value):
            made.append(Value(place, text, known))
    return tuple(made)


def said(written: Any) -> int:
    """How many values an attribute has that nobody reads; CannotPlace when it is none as DICOM JSON writes them."""
    if not isinstance(written, dict) or written.keys() - _PARTS or written.get("vr") not in _VRS:
        raise CannotPlace("dicom-attribute-malformed")
    values = written.get("Value", ())
    if not isinstance(values, list | tuple):
        raise CannotPlace("dicom-attribute-malformed")
    elsewhere = bool(written.get("BulkDataURI")) + bool(written.get("InlineBinary"))
    return elsewhere + sum(value not in (None, "", {}) for value in values)


def inner(item: Value, keyword: str, vr: str = "", tag: str = "") -> tuple[Value, ...]:
    """The values of an attribute of a sequence's item: one of the dictionary, or one named here."""
    known = Known(tag, keyword, vr, "") if tag else by_keyword()[keyword]
    written = item.value.get(known.tag)
    return () if written is None else read(known, written, item.path)


def inner_text(item: Value, keyword: str, vr: str = "", tag: str = "") -> str:
    """The first text of it, "" without one."""
    found = inner(item, keyword, vr, tag)
    return found[0].text if found else ""


def uid(text: str) -> str:
    """A UID as it stands; CannotPlace when it is none (PS3.5 section 9)."""
    if not _UID.match(text) or len(text) > _UID_LENGTH:
        raise CannotPlace("dicom-uid-malformed")
    return text


def _text(vr: str, value: Any) -> str:
    """A value as text, without the blanks that fill it up."""
    if vr in _TEXTS:
        if not isinstance(value, str):
            raise CannotPlace("dicom-attribute-malformed")
        return value.strip(" \0")
    text = value.token if isinstance(value, Number) else str(value) if isinstance(value, int | str) else ""
    text = text.strip()
    if isinstance(value, bool) or not (_WHOLE if vr in _WHOLE_NUMBERS else _DECIMAL).match(text):
        if text or not isinstance(value, str):
            raise CannotPlace("dicom-attribute-malformed")
        return ""
    return text


def _name(known: Known, value: Any, path: str) -> list[Value]:
    if (
        not isinstance(value, dict)
        or value.keys() - set(GROUPS)
        or not all(isinstance(one, str) for one in value.values())
    ):
        raise CannotPlace("dicom-attribute-malformed")
    said = [(group, str(value.get(group, ""))) for group in GROUPS]
    return [Value(f"{path}.{group}", text.strip(), known, group) for group, text in said if text.strip(" ^")]
