"""Requirement: one numbered thing a FHIR endpoint must do, as data. requirements/ holds a file a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from gateway.errors import SettingsError
from gateway.outcome import Issue
from gateway.tomltext import checked

Severity = Literal["shall", "should", "may"]

_FOLDER = Path(__file__).parent / "requirements"
_text = validate.Regexp(r"(?s)\s*\S.*\Z", error="It is empty")


@dataclass(frozen=True, slots=True)
class Requirement:
    """``text`` and ``proves`` (why it matters, for who does not read specifications) by language; ``clause``: the
    address where it is stated. ``check``: ``module.function`` of gateway.conformance.checks, "" where there is none,
    and then ``reason`` (by language) says why. ``writes``: its check sends something that the target keeps."""

    id: str
    family: str
    severity: Severity
    text: Mapping[str, str]
    proves: Mapping[str, str]
    clause: str
    check: str
    reason: Mapping[str, str]
    writes: bool

    def function(self) -> Callable[..., Any]:
        """The check itself; AttributeError or ImportError where there is none of that name (a test holds them)."""
        module, _, name = self.check.partition(".")
        found: Callable[..., Any] = getattr(import_module(f"gateway.conformance.checks.{module}"), name)
        return found


@dataclass(frozen=True, slots=True)
class Family:
    """``name`` is the file's; ``title`` by language; requirements in the order in which they are checked."""

    name: str
    title: Mapping[str, str]
    requirements: tuple[Requirement, ...]


class _Words(Schema):
    en = fields.String(required=True, validate=_text)
    vi = fields.String(required=True, validate=_text)


class _RequirementForm(Schema):
    id = fields.String(required=True, validate=validate.Regexp(r"[A-Z0-9]+-[1-9][0-9]*\Z", error="READ-3 is expected"))
    severity = fields.String(required=True, validate=validate.OneOf(get_args(Severity)))
    text = fields.Nested(_Words, required=True)
    proves = fields.Nested(_Words, required=True)
    clause = fields.Url(required=True)
    check = fields.String(load_default="", validate=validate.Regexp(r"[a-z_]+\.[a-z0-9_]+\Z|\Z"))
    reason = fields.Nested(_Words, load_default=dict)
    writes = fields.Boolean(load_default=False)

    @validates_schema(skip_on_field_errors=True)
    def _checked_or_not(self, loaded: dict[str, Any], **_: Any) -> None:
        if bool(loaded["check"]) == bool(loaded["reason"]):
            raise ValidationError("Either a check, or the reason why there is none")


class _FamilyForm(Schema):
    title = fields.Nested(_Words, required=True)
    requirement = fields.List(fields.Nested(_RequirementForm), required=True, validate=validate.Length(min=1))

    @post_load
    def _made(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return loaded


_ORDER = (
    "statement",
    "read",
    "search",
    "format",
    "conditional",
    "errors",
    "resources",
    "smart",
    "signed",
    "cds",
    "mllp",
    "dicomweb",
    "transport",
    "tls",
)


@cache
def families() -> tuple[Family, ...]:
    """All that ships, in the order in which they are checked."""
    files = {file.stem: file for file in _FOLDER.glob("*.toml")}
    names = [name for name in _ORDER if name in files]
    return tuple(read_family(name, files[name].read_text("utf-8")) for name in [*names, *sorted({*files} - {*names})])


def requirements() -> Iterator[Requirement]:
    for family in families():
        yield from family.requirements


def read_family(name: str, text: str) -> Family:
    """A family of its TOML; SettingsError with file, line and path of each fault of form."""
    try:
        read = checked(text, _FamilyForm())
    except SettingsError as wrong:
        issues = [
            Issue(one.severity, one.code, one.rule, f"{name}.toml {one.expression}", one.parameters)
            for one in wrong.issues
        ]
        raise SettingsError("toml-wrong", issues=issues) from None
    return Family(name, read["title"], tuple(Requirement(family=name, **one) for one in read["requirement"]))
