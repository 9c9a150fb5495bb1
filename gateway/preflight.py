"""What must be in place before a gateway serves: every fault is told at once, each with the setting to mend.

The settings among themselves are judged where they are read (settings.py); here it is the machine:
certificate, data folder, database, the passphrase of the keys. Nothing is made or changed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import structlog

from gateway.errors import SettingsError, StoreUnavailable
from gateway.keyring import SECRET_FILE, Keyring
from gateway.mllp.tls import server_context
from gateway.outcome import Issue
from gateway.profile_sources import profiles_in_force
from gateway.reuse.in_force import reuse_folder
from gateway.reuse.rule_set import rule_set
from gateway.settings import Settings, loopback
from gateway.store import keys, open_store, schema
from gateway.trust.server_certificate import faults as certificate_faults

log = structlog.get_logger()

_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104  # recognised, not bound


def refuse_half_configured(settings: Settings, now: Callable[[], datetime], *, serving: bool = True) -> None:
    """SettingsError with every fault found; StoreUnavailable when only the database is silent.

    The database is waited for. ``serving``: it will listen.
    """
    found = [*(_listening(settings, now()) if serving else ()), *_folder(settings.data_dir), *_lists(settings)]
    try:
        wait_for_database(settings)
        found += _database(settings, now)
    except StoreUnavailable as silent:
        if not found:
            raise  # nothing to mend here: whoever starts it may try again
        found += silent.issues
    if found:
        raise SettingsError("settings-wrong", issues=found)


def _listening(settings: Settings, now: datetime) -> Iterator[Issue]:
    host = urlsplit(f"//{settings.bind}").hostname or ""
    if not loopback(f"http://{settings.bind}"):
        if not settings.tls_cert and not settings.base_url.startswith("https://"):
            yield _fault("serve-open-without-tls", "GATEWAY_BIND", bind=settings.bind)
        elif host in _ANYWHERE and not settings.base_url:
            yield _fault("serve-base-url-missing", "GATEWAY_BASE_URL", bind=settings.bind)
    if settings.tls_cert:
        yield from certificate_faults(Path(settings.tls_cert), Path(settings.tls_key), now)
    yield from _mllp(settings, now)


def _mllp(settings: Settings, now: datetime) -> Iterator[Issue]:
    for listener in settings.mllp:
        if not loopback(f"http://{listener.bind}") and not settings.mllp_tls_cert and not settings.mllp_plain:
            yield _fault("serve-mllp-without-tls", "GATEWAY_MLLP", bind=listener.bind)
    if not settings.mllp_tls_cert:
        return
    wrong = certificate_faults(Path(settings.mllp_tls_cert), Path(settings.mllp_tls_key), now, "GATEWAY_MLLP_TLS")
    yield from wrong
    if not wrong:
        try:
            server_context(settings)
        except SettingsError as unusable:
            yield from unusable.issues


def _folder(folder: Path) -> Iterator[Issue]:
    """Of a folder that is there; one that is not yet is made, for its owner alone."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return
    except OSError as wrong:
        yield _fault("settings-data-dir", "GATEWAY_DATA_DIR", folder=folder, error=wrong.strerror)
        return
    if not stat.S_ISDIR(found.st_mode):
        yield _fault("settings-data-dir", "GATEWAY_DATA_DIR", folder=folder, error=os.strerror(errno.ENOTDIR))
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield _fault("serve-data-dir-not-writable", "GATEWAY_DATA_DIR")
    if found.st_uid != os.geteuid():
        yield _fault("serve-data-dir-of-another", "GATEWAY_DATA_DIR")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield _fault("serve-data-dir-open", "GATEWAY_DATA_DIR")
    secret = folder / SECRET_FILE
    if secret.exists() and secret.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield _fault("serve-secret-open", "GATEWAY_DATA_DIR")


def _lists(settings: Settings) -> Iterator[Issue]:
    """Of what the site wrote itself: profiles, and lists of reuse rules, each fault with file, line and path."""
    for read in (lambda: profiles_in_force(settings.profiles), lambda: rule_set(reuse_folder(settings))):
        try:
            read()
        except SettingsError as broken:
            yield from broken.issues


def wait_for_database(settings: Settings) -> None:
    """Return once it answers; StoreUnavailable when it has not within the settings' time. A file is not waited for."""
    if settings.url.startswith("sqlite"):
        return
    ends = monotonic() + settings.database_wait_seconds
    pause = Event()
    while True:
        try:
            schema.state(settings.url, data_dir=settings.data_dir)
            return
        except StoreUnavailable as silent:
            if monotonic() >= ends:
                seconds = settings.database_wait_seconds
                issue = _fault("serve-database-silent", "GATEWAY_DATABASE_URL", seconds=seconds)
                raise StoreUnavailable("serve-database-silent", issues=[issue, *silent.issues]) from None
            log.warning("waiting-for-database", rule=silent.issues[0].rule)
            pause.wait(min(1.0, max(0.0, ends - monotonic())))


def _database(settings: Settings, now: Callable[[], datetime]) -> Iterable[Issue]:
    if settings.url.startswith("sqlite") and not Path(settings.url.removeprefix("sqlite:///")).exists():
        return []  # it is made, and has no key yet
    state = schema.state(settings.url, data_dir=settings.data_dir)
    if state == "older":
        return SettingsError("store-older", command="gateway db upgrade").issues
    if state == "newer":
        return SettingsError("store-newer").issues
    return [] if state == "empty" else _passphrase(settings, now)


def _passphrase(settings: Settings, now: Callable[[], datetime]) -> Iterable[Issue]:
    """The keys were sealed on another host, or the file key-secret was lost: nothing could be signed."""
    other = [_fault("serve-passphrase-other", "GATEWAY_KEY_PASSPHRASE")]
    store = open_store(settings.url, data_dir=settings.data_dir)
    try:
        with store.read() as connection:
            sealed = [key for key in keys.list_keys(connection) if key.active and key.private_pem]
        if not sealed:
            return []
        if not settings.key_passphrase and not (settings.data_dir / SECRET_FILE).exists():
            return other
        return [] if Keyring(store, settings, now).opens(sealed[0]) else other
    finally:
        store.close()


def _fault(rule: str, setting: str, **parameters: object) -> Issue:
    return Issue("error", "invalid", rule, setting, parameters)
