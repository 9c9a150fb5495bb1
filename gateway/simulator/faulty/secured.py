"""Secured: the TLS of a faulty gateway, by an authority of its own, right or broken in one way."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime
from pathlib import Path

from gateway.simulator.faulty.fault import Fault
from gateway.trust.authority import issue_server, new_authority

_ELSEWHERE = "elsewhere.example"


class Secured:
    """Writes its authority's certificate, ``ca``, and two servers' into a folder: one for this machine, one for a name
    that it does not have."""

    def __init__(self, folder: Path) -> None:
        now = datetime.now(UTC)
        authority = new_authority("Simulated authority", now=now)
        self.ca = folder / "ca.pem"
        self.ca.write_text(authority.chain[0])
        self._files: dict[str, tuple[Path, Path]] = {}
        for name, made in (
            ("here", issue_server(authority, now=now)),
            ("elsewhere", issue_server(authority, now=now, hosts=[_ELSEWHERE])),
        ):
            chain, key = folder / f"{name}.pem", folder / f"{name}.key"
            chain.write_text(made.chain_pem)
            key.touch(mode=0o600)
            key.write_text(made.private_pem)
            self._files[name] = chain, key

    def context(self, fault: Fault | None) -> ssl.SSLContext:
        """Of a connection, as the fault has it."""
        broken = fault.tls if fault else ""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*self._files["elsewhere" if broken == "other-name" else "here"])
        if broken in ("old", "only-old"):
            with warnings.catch_warnings():  # that nobody should: this is who does
                warnings.simplefilter("ignore", DeprecationWarning)
                made.set_ciphers("ALL:@SECLEVEL=0")
                made.minimum_version = ssl.TLSVersion.TLSv1
                if broken == "only-old":
                    made.maximum_version = ssl.TLSVersion.TLSv1_1
        return made
