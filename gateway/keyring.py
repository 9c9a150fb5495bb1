"""The keys this gateway holds, and what it believes of others: trust's judges over the store's rows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from gateway.errors import Conflict, SettingsError
from gateway.jsontext import dumps, loads
from gateway.settings import Settings
from gateway.store import Connection, Store, alerts, audit, keys
from gateway.store.keys import StoredKey
from gateway.trust import authority, trustfile
from gateway.trust.keys import KeySigner, SigningKey, active
from gateway.trust.sealed import seal, unseal
from gateway.trust.trustfile import TrustFile

SECRET_FILE = "key-secret"  # noqa: S105  # in the data folder, where no passphrase is set
AUTHORITY = ""  # the facility code under which the pilot authority's own key is kept


def passphrase(settings: Settings) -> str:
    """What the private keys are encrypted with: the setting, or a secret made once in the data folder.

    Gateways on several hosts over one database need the setting: the file is on one host.
    """
    if settings.key_passphrase:
        return settings.key_passphrase
    file = settings.data_dir / SECRET_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_text("ascii").strip()
        if not found:
            raise SettingsError("key-secret-empty", file=file.name) from None
        return found
    made = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(made)
        opened.flush()
        os.fsync(opened.fileno())
    return made


class Keyring:
    """Signers by facility, the pilot authority, and the trust file of all that is believed."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._passphrase = passphrase(settings)
        self._signers: dict[str, KeySigner] = {}
        self._opened: dict[str, dict[str, Any]] = {}

    def pilot_authority(self) -> SigningKey:
        """The gateway's own authority, made when it is first needed."""
        found = self._keys(AUTHORITY)
        if found:
            return active(found, self._now())
        made = authority.new_authority("Lienthong pilot authority", now=self._now(), passphrase=self._passphrase)
        try:
            self.keep(made, actor="gateway")
        except Conflict:  # another process was first
            return active(self._keys(AUTHORITY), self._now())
        return made

    def issue(self, facility: str, name: str, *, actor: str) -> SigningKey:
        """A new key for a facility, which signs from now on; the former goes on vouching for what it signed."""
        made = authority.issue(
            self.pilot_authority(),
            facility=facility,
            name=name,
            now=self._now(),
            passphrase=self._passphrase,
            authority_passphrase=self._passphrase,
        )
        self.keep(made, actor=actor)
        return made

    def keep(self, key: SigningKey, *, actor: str) -> None:
        """Keep a key made here or elsewhere; it becomes its facility's active one."""

        def work(connection: Connection) -> None:
            keys.add_key(connection, _stored(key))
            detail = {"kid": key.kid, "facility": key.facility}
            audit.append(connection, self._now(), actor, "key-kept", "", detail)

        self._store.write(work)

    def sealed(self, private_jwk: dict[str, Any]) -> dict[str, Any]:
        """A recipient's private JWK as it is stored: readable with this gateway's passphrase only."""
        return {"sealed": seal(dumps(private_jwk).decode(), self._passphrase)} if private_jwk else {}

    def opened(self, stored: dict[str, Any]) -> dict[str, Any]:
        """The private JWK again; opened once, since opening is slow on purpose."""
        if "sealed" not in stored:
            return stored
        found = self._opened.get(stored["sealed"])
        if found is None:
            found = dict(loads(unseal(stored["sealed"], self._passphrase)))
            self._opened[stored["sealed"]] = found
        return found

    @property
    def secret(self) -> str:
        """The passphrase new keys are encrypted with."""
        return self._passphrase

    def opens(self, key: StoredKey) -> bool:
        """Whether this gateway's passphrase is the one the key is sealed with."""
        try:
            _signing(key).private_key(self._passphrase)
        except (SettingsError, ValueError, TypeError):
            return False
        return True

    def signer(self, facility: str) -> KeySigner:
        """The Signer of a facility's active key; SettingsError ``key-none-active`` when it has none."""
        key = active(self._keys(facility), self._now())
        if key.kid not in self._signers:
            self._signers[key.kid] = key.signer(self._passphrase)
        return self._signers[key.kid]

    def active_key(self, facility: str) -> SigningKey | None:
        """The key that signs for a facility now, sealed as it is kept; None when it has none."""
        try:
            return active(self._keys(facility), self._now())
        except SettingsError:
            return None

    def own_keys(self) -> list[SigningKey]:
        """Every key of a facility here, revoked and retired ones too."""
        with self._store.read() as connection:
            return [_signing(key) for key in keys.list_keys(connection) if key.facility != AUTHORITY]

    def public_trust(self) -> TrustFile:
        """What ``gateway key export`` writes; SettingsError ``trust-empty`` while there is no key."""
        return trustfile.of_keys(self.own_keys(), date=self._now())

    def believed(self) -> TrustFile | None:
        """Our own facilities' keys and those of the imported trust files; None while there is neither.

        Another's file never revokes a key it did not bring.
        """
        with self._store.read() as connection:
            return self.believed_in(connection)

    def believed_in(self, connection: Connection) -> TrustFile | None:
        """The same as the transaction at hand sees it."""
        imported = [trustfile.read(content) for content in keys.list_trust(connection).values()]
        own = [_signing(key) for key in keys.list_keys(connection) if key.facility != AUTHORITY]
        files = [_limited(file) for file in imported]
        if own:
            files.insert(0, trustfile.of_keys(own, date=self._now()))
        return trustfile.merge(*files) if files else None

    def import_trust(self, name: str, file: TrustFile, *, actor: str) -> None:
        """Believe another gateway's facilities.

        Conflict when another name's file already binds one of them, or when this one binds a key
        that is not ours to a facility that signs here: nobody else speaks for it.
        """
        codes = {binding.facility for binding in file.bindings}
        ours = self.own_keys()
        kids, signing = {key.kid for key in ours}, {key.facility for key in ours}
        taken = sorted({one.facility for one in file.bindings if one.facility in signing and one.kid not in kids})
        if taken:
            raise Conflict("trust-facility-ours", facilities=", ".join(taken))
        with self._store.read() as connection:
            for other, content in keys.list_trust(connection).items():
                bound = {binding.facility for binding in trustfile.read(content).bindings}
                if other != name and bound & codes:
                    raise Conflict("trust-facility-taken", name=other, facilities=", ".join(sorted(bound & codes)))

        def work(connection: Connection) -> None:
            keys.import_trust(connection, name, file.as_json(), self._now())
            alerts.raise_revoked(connection, [one.kid for one in _limited(file).revocations], self._now())
            detail = {"name": name, "facilities": sorted(codes)}
            audit.append(connection, self._now(), actor, "trust-imported", "", detail)

        self._store.write(work)

    def revoke(self, kid: str, reason: str, *, actor: str) -> None:
        """From now on the key neither signs nor is believed; NotFound for an unknown one."""

        def work(connection: Connection) -> None:
            keys.revoke_key(connection, kid, self._now(), reason)
            alerts.raise_revoked(connection, [kid], self._now())
            audit.append(connection, self._now(), actor, "key-revoked", "", {"kid": kid, "reason": reason})

        self._store.write(work)

    def _keys(self, facility: str) -> list[SigningKey]:
        with self._store.read() as connection:
            return [_signing(key) for key in keys.list_keys(connection, facility)]


def _limited(file: TrustFile) -> TrustFile:
    kids = {binding.kid for binding in file.bindings}
    return replace(file, revocations=tuple(one for one in file.revocations if one.kid in kids))


def _stored(key: SigningKey) -> StoredKey:
    return StoredKey(
        kid=key.kid,
        facility=key.facility,
        private_pem=key.private_pem,
        chain_pem="".join(key.chain),
        valid_from=key.valid_from,
        valid_to=key.valid_to,
        revoked_at=key.revoked_at,
        reason=key.reason,
        active=key.active,
    )


_END = "-----END CERTIFICATE-----\n"


@lru_cache(maxsize=1024)
def _signing(key: StoredKey) -> SigningKey:
    chain = tuple(part + _END for part in key.chain_pem.split(_END) if part.strip())
    return SigningKey(
        kid=key.kid,
        facility=key.facility,
        private_pem=key.private_pem,
        chain=chain,
        valid_from=key.valid_from,
        valid_to=key.valid_to,
        revoked_at=key.revoked_at,
        reason=key.reason,
        active=key.active,
    )
