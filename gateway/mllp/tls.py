"""Encryption of MLLP: TLS 1.2 or later, with the client's certificate asked for where its authorities are named."""

from __future__ import annotations

import ssl

from gateway.errors import SettingsError
from gateway.outcome import Issue
from gateway.settings import Settings


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """None without a certificate. SettingsError when a file cannot be used."""
    if not settings.mllp_tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load(context, settings.mllp_tls_cert, settings.mllp_tls_key, "GATEWAY_MLLP_TLS_CERT")
    if settings.mllp_client_ca:
        try:
            context.load_verify_locations(settings.mllp_client_ca)
        except OSError:
            raise _unreadable("GATEWAY_MLLP_CLIENT_CA") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(ca: str, certificate: str, key: str) -> ssl.SSLContext:
    """For a sender. ``ca``: PEM file of the authorities believed, "" for the system's; ``certificate``: "" for none."""
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError:
        raise _unreadable("--ca") from None
    if certificate:
        _load(context, certificate, key or certificate, "--cert")
    return context


def _load(context: ssl.SSLContext, certificate: str, key: str, place: str) -> None:
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # never asked for at a terminal
    except OSError:  # ssl.SSLError is one
        raise _unreadable(place) from None


def _unreadable(place: str) -> SettingsError:
    return SettingsError("settings-wrong", issues=[Issue("error", "invalid", "serve-tls-unreadable", place)])
