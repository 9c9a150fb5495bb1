"""The public trust file: whose signatures are believed, for which facility, from when to when.

    {"trust": 1, "date": "2026-11-22T03:04:05Z",
     "authorities": ["-----BEGIN CERTIFICATE-----…"],
     "facilities":  [{"kid", "facility", "from", "to", "certificate"}],
     "revocations": [{"kid", "at", "reason"}]}

``gateway key export`` writes it and ``gateway verify --trust`` reads it. It is dated: it
knows no revocation younger than its date. Whoever gives you one speaks for every facility
in it, so how it reached you is the root of all of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from gateway.errors import PayloadError, SettingsError
from gateway.jsontext import dumps, loads
from gateway.outcome import Issue
from gateway.trust import certificates
from gateway.trust.instants import instant, written
from gateway.trust.jwk import kid
from gateway.trust.keys import SigningKey

VERSION = 1


@dataclass(frozen=True, slots=True)
class Binding:
    """A key may sign for a facility from ``start`` until before ``end`` (aware UTC)."""

    kid: str
    facility: str
    start: datetime
    end: datetime
    certificate: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """From ``at`` on the key is not to be believed."""

    kid: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TrustFile:
    """What a verifier believes. One without an authority cannot be made: it would vouch for nothing."""

    date: datetime
    authorities: tuple[str, ...]
    bindings: tuple[Binding, ...] = ()
    revocations: tuple[Revocation, ...] = ()

    def __post_init__(self) -> None:
        if not self.authorities:
            raise SettingsError("trust-empty", "authorities")

    @property
    def roots(self) -> list[certificates.Certificate]:
        return [certificate for text in self.authorities for certificate in certificates.from_pem(text)]

    def bindings_of(self, kid: str) -> list[Binding]:
        return [binding for binding in self.bindings if binding.kid == kid]

    def revoked_at(self, kid: str) -> datetime | None:
        """The earliest moment from which the key is revoked, or None."""
        return min((revocation.at for revocation in self.revocations if revocation.kid == kid), default=None)

    def as_json(self) -> dict[str, Any]:
        return {
            "trust": VERSION,
            "date": written(self.date),
            "authorities": list(self.authorities),
            "facilities": [
                {
                    "kid": one.kid,
                    "facility": one.facility,
                    "from": written(one.start),
                    "to": written(one.end),
                    "certificate": one.certificate,
                }
                for one in self.bindings
            ],
            "revocations": [{"kid": one.kid, "at": written(one.at), "reason": one.reason} for one in self.revocations],
        }

    def as_bytes(self) -> bytes:
        return dumps(self.as_json())


def of_keys(keys: Iterable[SigningKey], *, date: datetime) -> TrustFile:
    """The public side of every facility's key; each chain's last certificate is its authority."""
    facilities = [key for key in keys if key.facility]
    return TrustFile(
        date=date,
        authorities=_once(key.chain[-1] for key in facilities),
        bindings=tuple(Binding(k.kid, k.facility, k.valid_from, k.valid_to, k.chain[0]) for k in facilities),
        revocations=tuple(Revocation(k.kid, k.revoked_at, k.reason) for k in facilities if k.revoked_at is not None),
    )


def merge(first: TrustFile, *others: TrustFile) -> TrustFile:
    """Believe all of them: every authority, binding and revocation. Dated like the oldest."""
    files = (first, *others)
    return TrustFile(
        date=min(one.date for one in files),
        authorities=_once(authority for one in files for authority in one.authorities),
        bindings=tuple(dict.fromkeys(binding for one in files for binding in one.bindings)),
        revocations=tuple(dict.fromkeys(revocation for one in files for revocation in one.revocations)),
    )


def read(given: bytes | str | Mapping[str, Any]) -> TrustFile:
    """A trust file's bytes or its JSON value; SettingsError names the place of every mistake."""
    return _read(given if isinstance(given, bytes | str) else dumps(given))


@lru_cache(64)  # a trust file is asked for with every message and receipt
def _read(given: bytes | str) -> TrustFile:
    try:
        value = loads(given)
    except PayloadError as broken:
        raise SettingsError("trust-unreadable", issues=broken.issues) from None
    try:
        found: dict[str, Any] = _File().load(value if isinstance(value, Mapping) else {})
    except ValidationError as wrong:
        issues = [Issue("error", "invalid", rule, place) for place, rule in _mistakes(wrong.messages)]
        raise SettingsError("trust-unreadable", issues=issues) from None
    return TrustFile(
        date=instant(found["date"]),
        authorities=tuple(found["authorities"]),
        bindings=tuple(
            Binding(one["kid"], one["facility"], instant(one["from"]), instant(one["to"]), one["certificate"])
            for one in found["facilities"]
        ),
        revocations=tuple(Revocation(one["kid"], instant(one["at"]), one["reason"]) for one in found["revocations"]),
    )


def _authority(text: str) -> None:
    try:
        found = certificates.from_pem(text)
    except ValueError:
        raise ValidationError("trust-not-a-certificate") from None
    if not all(certificates.is_authority(one) for one in found):
        raise ValidationError("trust-not-an-authority")


def _time(text: str) -> None:
    try:
        instant(text)
    except ValueError:
        raise ValidationError("trust-not-an-instant") from None


_Texts = dict[str, str | list[Any] | dict[Any, Any]]  # as marshmallow declares them
_MISSING: _Texts = {"required": "trust-member-missing", "null": "trust-member-missing", "invalid": "trust-member-type"}
_LISTS: _Texts = {**_MISSING, "type": "trust-member-type"}
_UNKNOWN = {"unknown": "trust-member-unknown", "type": "trust-member-type"}
_NOT_EMPTY = validate.Length(min=1, error="trust-member-missing")


def _string(**more: Any) -> fields.String:
    return fields.String(required=True, error_messages=_MISSING, **more)


class _Facility(Schema):
    error_messages = _UNKNOWN
    kid = _string(validate=_NOT_EMPTY)
    facility = _string(validate=_NOT_EMPTY)
    certificate = _string()

    @validates_schema
    def _key_is_the_certificates(self, found: dict[str, Any], **_more: Any) -> None:
        try:
            key = certificates.signing_key_of(certificates.from_pem(found["certificate"])[0])
        except ValueError:
            raise ValidationError("trust-not-a-certificate", "certificate") from None
        if key is None or kid(key) != found["kid"]:
            raise ValidationError("trust-kid-differs", "kid")


# "from" is a Python keyword, so this field cannot be written in the class
_Binding = _Facility.from_dict({"from": _string(validate=_time), "to": _string(validate=_time)}, name="_Binding")


class _Revocation(Schema):
    error_messages = _UNKNOWN
    kid = _string(validate=_NOT_EMPTY)
    at = _string(validate=_time)
    reason = fields.String(load_default="", error_messages=_MISSING)


class _File(Schema):
    error_messages = _UNKNOWN
    trust = fields.Integer(
        required=True, strict=True, validate=validate.Equal(VERSION, error="trust-version"), error_messages=_MISSING
    )
    date = _string(validate=_time)
    authorities = fields.List(
        fields.String(validate=_authority, error_messages=_MISSING),
        required=True,
        validate=validate.Length(min=1, error="trust-empty"),
        error_messages=_LISTS,
    )
    facilities = fields.List(fields.Nested(_Binding), required=True, error_messages=_LISTS)
    revocations = fields.List(fields.Nested(_Revocation), required=True, error_messages=_LISTS)


def _mistakes(messages: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(place, rule) for each of marshmallow's nested messages: ``facilities[0].kid``."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                yield from _mistakes(inner, place)
            elif isinstance(name, int):
                yield from _mistakes(inner, f"{place}[{name}]")
            else:
                yield from _mistakes(inner, f"{place}.{name}" if place else str(name))
    else:
        for rule in messages:
            yield place, str(rule)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
