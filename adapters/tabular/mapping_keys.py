"""What a mapping file for tables says beside what every mapping file says: how the table is found and read."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.mapping.charsets import CHARSETS
from gateway.mapping.mapped.file import ReadingSchema, RecogniseSchema, RecordSchema, Shape


class _Recognise(RecogniseSchema):
    sheet = fields.String(validate=validate.Length(min=1, max=31))  # the longest name Excel gives one
    optional = fields.List(fields.String(validate=validate.Length(min=1, max=200)))  # columns it may lack


class _Reading(ReadingSchema):
    charset = fields.String(validate=validate.OneOf(sorted(CHARSETS)))
    delimiter = fields.String(validate=validate.OneOf([",", ";", "\t", "|"]))
    header = fields.Integer(validate=validate.Range(min=1, max=1000))
    open_end = fields.Boolean()
    fill_down = fields.List(fields.String(validate=validate.Length(min=1, max=200)))


class _Record(RecordSchema):
    facility = fields.String(validate=validate.Length(min=1, max=200))


TABLES = Shape(_Recognise, _Reading, _Record)
