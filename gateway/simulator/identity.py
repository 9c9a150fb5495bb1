"""Who a simulated recipient is: its facility's signing key, and the client that may send to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.facility import Client
from gateway.jsontext import dumps, loads
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.keys import SigningKey, import_key, new_client_key, public_jwks
from gateway.trust.trustfile import TrustFile

SCOPE = "system/Bundle.c"
_FILE = "identity.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """A facility with its key, a stranger with a key for the same facility code, and one client.

    ``stranger`` is certified by an authority that stands in no trust file. ``client_jwk`` is
    the private key (ES384) a sender opens the token endpoint with.
    """

    facility: str
    name: str
    key: SigningKey
    stranger: SigningKey
    client_id: str
    client_jwk: dict[str, Any]

    def trust(self, now: datetime) -> TrustFile:
        """What a sender must believe to believe the receipts; for ``gateway recipient add --trust``."""
        return trustfile.of_keys([self.key], date=now)

    def client(self) -> Client:
        return Client(self.client_id, self.facility, (SCOPE,), public_jwks(self.client_jwk))


def new_identity(facility: str, name: str, *, now: datetime) -> Identity:
    """New keys and a new authority. ``now`` is aware."""
    authority = new_authority(f"{name} authority", now=now)
    key = issue(authority, facility=facility, name=name, now=now)
    return Identity(facility, name, key, _stranger(facility, name, now), "simulator-client", new_client_key())


def kept_identity(folder: Path, facility: str, name: str, *, now: datetime) -> Identity:
    """The identity kept in a folder (readable by its owner alone), made when there is none.

    Started again with the same folder, the recipient is the same one to who registered it.
    """
    file = folder / _FILE
    if file.exists():
        known = loads(file.read_bytes())
        key = import_key(known["private_pem"], known["chain_pem"], known["facility"])
        stranger = _stranger(known["facility"], known["name"], now)
        return Identity(known["facility"], known["name"], key, stranger, known["client_id"], known["client_jwk"])
    made = new_identity(facility, name, now=now)
    folder.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    told = {
        "facility": made.facility,
        "name": made.name,
        "private_pem": made.key.private_pem,
        "chain_pem": "".join(made.key.chain),
        "client_id": made.client_id,
        "client_jwk": made.client_jwk,
    }
    file.write_bytes(dumps(told))
    return made


def _stranger(facility: str, name: str, now: datetime) -> SigningKey:
    return issue(new_authority("Nobody's authority", now=now), facility=facility, name=name, now=now)
