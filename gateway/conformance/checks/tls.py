"""TLS: how the line to the target is protected, where it is.

https://www.rfc-editor.org/rfc/rfc9325
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.conformance import expecting
from gateway.conformance.target import Target
from gateway.conformance.tls import OLD, address_of, speaks, speaks_now
from gateway.conformance.verdict import Findings, fault, omit

_HSTS = "strict-transport-security"


def under_tls(check: Callable[[Target], Findings]) -> Callable[[Target], Findings]:
    """The check of a target under https, omitted for one on this machine that is asked in the clear."""

    def asked(target: Target) -> Findings:
        if not address_of(target.client.base):
            yield omit("conformance-no-tls")
            return
        yield from check(target)

    return asked


@under_tls
def old_versions_are_refused(target: Target) -> Findings:
    addresses = [address_of(target.client.base)]
    if target.line is not None and target.line.tls is not None and not target.client.read_only:
        addresses.append(target.line.address)
    for address in addresses:
        for name, version in OLD.items():
            if speaks(target.client, address, version):
                yield fault("conformance-tls-old", version=name, address=address)


@under_tls
def a_current_version_is_spoken(target: Target) -> Findings:
    address = address_of(target.client.base)
    if not speaks_now(target.client, address):
        yield fault("conformance-tls-not-current", address=address)


@under_tls
def the_certificate_is_of_this_name(target: Target) -> Findings:
    """By an authority that is believed, for this host, today: whatever it is otherwise, there is no answer."""
    yield from expecting.status(target.get("/metadata", bare=True), 200, 401, 403)


@under_tls
def browsers_are_told_to_stay_under_tls(target: Target) -> Findings:
    answer = target.get("/metadata", bare=True)
    if "max-age=" not in answer.headers.get(_HSTS, "").replace(" ", "").lower():
        yield fault("conformance-header-missing", header="Strict-Transport-Security", request=expecting.request(answer))
