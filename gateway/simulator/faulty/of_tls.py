"""Faults of the line: its versions, its certificate, and what browsers are told of it."""

from __future__ import annotations

from gateway.simulator.faulty.fault import FAULTS, Asked, Fault, Forward, Told, broken


def _passed_on(asked: Asked, forward: Forward) -> Told:
    return forward(asked)


for _name, _breaks, _does, _tls in (
    ("tls-old", "TLS-1", "TLS 1.0 and 1.1 are spoken as well", "old"),
    ("tls-only-old", "TLS-2", "nothing newer than TLS 1.1 is spoken", "only-old"),
    ("tls-other-name", "TLS-3", "the certificate is for another name", "other-name"),
):
    FAULTS[_name] = Fault(_name, _breaks, _does, _passed_on, tls=_tls)


@broken("hsts-unsaid", "TLS-4", "browsers are not told to stay under TLS")
def hsts_unsaid(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(strict_transport_security=None)


@broken("hsts-in-the-clear", "NET-6", "browsers are told to stay under TLS where there is none")
def hsts_in_the_clear(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(strict_transport_security="max-age=31536000")
