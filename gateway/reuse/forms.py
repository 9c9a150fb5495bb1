"""The form of one list: what may stand in each of its tables, and in which words.

A fault of form is told by gateway.tomltext with its line and path; what two tables or two lists say against each other
is told by gateway.reuse.contradictions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from gateway.reuse.precedence import SETTINGS
from gateway.reuse.result import Code
from gateway.reuse.rules import Age, Kind, Layer

_WINDOW = re.compile(r"(?P<number>[1-9][0-9]{0,3}) (?P<unit>[hd])\Z")
_AGE = re.compile(r"(?P<number>0|[1-9][0-9]{0,2}) (?P<unit>day|week|month|year)s?\Z")
_CODE = re.compile(r"(?P<system>[a-z][a-z0-9+.-]*:[^\s|]+)\|(?P<code>[^\s|]+(?: [^\s|]+)*)\Z")
_LOINC = re.compile(r"[1-9][0-9]{0,6}-[0-9]\Z")
LOINC = "http://loinc.org"


class Day(fields.Field[date]):
    """A TOML date: a day of Viet Nam."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise ValidationError("A day is expected, without quotes: 2026-08-01")


class Window(fields.Field[timedelta]):
    """``24 h`` or ``60 d``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> timedelta:
        found = _WINDOW.match(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError('Hours or days are expected: "24 h", "60 d"')
        return timedelta(**{"hours" if found["unit"] == "h" else "days": int(found["number"])})


class AgeField(fields.Field[Age]):
    """``28 days``, ``18 years``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Age:
        found = age_of(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError('An age is expected: "28 days", "6 months", "18 years"')
        return found


def age_of(text: str) -> Age | None:
    """``28 days``, ``18 years``; None for anything else."""
    found = _AGE.match(text)
    if found is None:
        return None
    return Age(int(found["number"]), cast(Literal["days", "weeks", "months", "years"], f"{found['unit']}s"))


class CodeField(fields.Field[Code]):
    """``system|code``; of a LOINC code the check digit is checked, which finds most slips of a hand."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Code:
        found = _CODE.match(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError('A system and a code are expected: "http://loinc.org|4548-4"')
        if found["system"] == LOINC and not is_loinc(found["code"]):
            raise ValidationError("It is no LOINC code: its check digit is another")
        return found["system"], found["code"]


class Level(fields.Field[int | str]):
    """1 to 5 of QĐ 2429/QĐ-BYT, or ``same-or-higher`` as the requester's."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> int | str:
        if value == "same-or-higher" or (type(value) is int and 1 <= value <= 5):
            return cast(int | str, value)
        raise ValidationError('A level from 1 to 5 is expected, or "same-or-higher"')


def is_loinc(code: str) -> bool:
    """Form and check digit (mod 10, every second digit from the right doubled)."""
    if not _LOINC.match(code):
        return False
    number, check = code.split("-")
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number))]
    return (10 - sum(value // 10 + value % 10 for value in doubled) % 10) % 10 == int(check)


_text = validate.Regexp(r"(?s)\s*\S.*\Z", error="It is empty")
_id = validate.Regexp(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z", error="Small letters, digits and single dashes are expected")
_number = validate.Regexp(
    r"[0-9]{1,12}(?:\.[0-9]{1,12})?\Z", error='A number in quotes, as it is written, is expected: "18.016"'
)


def _texts(each: Any) -> fields.List[Any]:
    return fields.List(fields.String(validate=each), load_default=list)


class _Group(Schema):
    id = fields.String(required=True, validate=_id)
    kind = fields.String(required=True, validate=validate.OneOf(get_args(Kind)))
    en = fields.String(required=True, validate=_text)
    vi = fields.String(required=True, validate=_text)
    codes = fields.List(CodeField(), load_default=list)
    other_quantities = fields.List(CodeField(), load_default=list)
    members = _texts(_id)
    units = _texts(_text)
    modalities = _texts(validate.Regexp(r"[A-Z][A-Z0-9_]{1,15}\Z", error="A DICOM modality is expected: CT"))
    body_sites = fields.List(CodeField(), load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def _something_names_it(self, loaded: dict[str, Any], **_: Any) -> None:
        imaging = loaded["kind"] == "imaging"
        if not loaded["codes"] and not (imaging and loaded["modalities"] and loaded["body_sites"]):
            raise ValidationError("No code names it, nor, of imaging, modalities and body_sites")
        if not imaging and (loaded["modalities"] or loaded["body_sites"]):
            raise ValidationError("Only imaging has modalities and body_sites")
        if imaging and loaded["units"]:
            raise ValidationError("An image is measured in no unit", "units")
        if loaded["members"] and loaded["kind"] != "laboratory":
            raise ValidationError("Only a panel of the laboratory has members", "members")


class _Rule(Schema):
    id = fields.String(required=True, validate=_id)
    group = fields.String(validate=_id)
    groups = _texts(_id)
    kind = fields.String(validate=validate.OneOf(get_args(Kind)))
    source = fields.String(validate=_text)
    author = fields.String(validate=_text)
    valid_from = Day()
    valid_to = Day()
    settings = _texts(validate.OneOf(SETTINGS))
    youngest = AgeField()
    younger_than = AgeField()
    window = Window()
    minimum_level = Level()
    specimen_must_match = fields.Boolean(truthy={True}, falsy={False})
    method_must_match = fields.Boolean(truthy={True}, falsy={False})
    positives_only = fields.Boolean(truthy={True}, falsy={False})
    never_alone = fields.Boolean(truthy={True}, falsy={False})
    report_required = fields.Boolean(truthy={True}, falsy={False})
    images_required = fields.Boolean(truthy={True}, falsy={False})
    clinician_decides = fields.Boolean(truthy={True}, falsy={False})
    unsafe = _texts(_id)

    @validates_schema(skip_on_field_errors=True)
    def _of_some_group(self, loaded: dict[str, Any], **_: Any) -> None:
        if sum(1 for name in ("group", "groups", "kind") if loaded.get(name)) != 1:
            raise ValidationError("One of group, groups and kind says whom the rule is about")


class _Condition(Schema):
    id = fields.String(required=True, validate=_id)
    en = fields.String(required=True, validate=_text)
    vi = fields.String(required=True, validate=_text)


class _Conversion(Schema):
    group = fields.String(required=True, validate=_id)
    unit = fields.String(required=True, validate=_text)
    other = fields.String(required=True, validate=_text)
    factor = fields.String(required=True, validate=_number)
    offset = fields.String(
        load_default="0", validate=validate.Regexp(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?\Z", error="A number is expected")
    )
    source = fields.String(required=True, validate=_text)


class _Tariff(Schema):
    group = fields.String(required=True, validate=_id)
    money = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=10**9))
    blood = fields.String(load_default="0", validate=_number)
    source = fields.String(required=True, validate=_text)


class _Laboratory(Schema):
    facility = fields.String(required=True, validate=_text)
    level = fields.Integer(strict=True, validate=validate.Range(min=1, max=5))
    assessed = Day()
    expires = Day()
    iso15189 = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    source = fields.String(required=True, validate=_text)


class ListForm(Schema):
    """One file. Whatever it does not name is refused: a mistyped figure would be no figure."""

    name = fields.String(required=True, validate=_id)
    version = fields.String(required=True, validate=_text)
    layer = fields.String(required=True, validate=validate.OneOf(get_args(Layer)))
    applies_to = fields.String(load_default="")
    author = fields.String(required=True, validate=_text)
    source = fields.String(required=True, validate=_text)
    valid_from = Day(required=True)
    valid_to = Day()
    approved = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    approved_by = fields.String(validate=_text)
    approved_on = Day()
    group = fields.List(fields.Nested(_Group), load_default=list)
    rule = fields.List(fields.Nested(_Rule), load_default=list)
    condition = fields.List(fields.Nested(_Condition), load_default=list)
    conversion = fields.List(fields.Nested(_Conversion), load_default=list)
    tariff = fields.List(fields.Nested(_Tariff), load_default=list)
    laboratory = fields.List(fields.Nested(_Laboratory), load_default=list)

    @post_load
    def _approved_by_somebody(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        if loaded["approved"] and not {"approved_by", "approved_on"} <= loaded.keys():
            raise ValidationError("What is approved says by whom and when: approved_by, approved_on", "approved")
        return loaded
