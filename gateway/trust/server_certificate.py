"""The certificate a server shows: does its key fit, and is it in force? It has nothing to do with signing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from gateway.outcome import Issue


def faults(certificate: Path, key: Path, now: datetime, settings: str = "GATEWAY_TLS") -> list[Issue]:
    """Why these PEM files cannot serve at ``now`` (aware UTC), each with the setting it stands in; [] when they can.

    ``settings``: what the two settings' names begin with.
    """
    found = []
    shown = unlocked = None
    try:
        shown = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError):
        found.append(_fault("serve-tls-unreadable", f"{settings}_CERT"))
    try:
        unlocked = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        found.append(_fault("serve-tls-unreadable", f"{settings}_KEY"))
    if shown is None or unlocked is None:
        return found
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if shown.public_key().public_bytes(*form) != unlocked.public_key().public_bytes(*form):
        found.append(_fault("serve-tls-another-key", f"{settings}_KEY"))
    if now > shown.not_valid_after_utc:
        found.append(_fault("serve-tls-expired", f"{settings}_CERT", ended=shown.not_valid_after_utc.date()))
    if now < shown.not_valid_before_utc:
        found.append(_fault("serve-tls-not-yet", f"{settings}_CERT", begins=shown.not_valid_before_utc.date()))
    return found


def _fault(rule: str, setting: str, **parameters: object) -> Issue:
    return Issue("error", "invalid", rule, setting, parameters)
