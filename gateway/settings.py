"""Settings from the environment (``GATEWAY_…``), each with its unit; half a configuration is refused.

This is the only file that reads the environment. docs/settings.md is held equal to the
table below by a test.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError
from marshmallow import fields as schema
from marshmallow.validate import OneOf, Range, Regexp

from gateway.errors import SettingsError
from gateway.outcome import Issue

PREFIX = "GATEWAY_"
_HOST_PORT = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}\Z"


_LISTENER = re.compile(
    r"(?P<bind>(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5}))(?:=(?P<facility>[\w.-]{1,32}))?\Z", re.A
)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where MLLP is listened for. ``facility``: whose messages come there, "" for the only one there is."""

    bind: str
    facility: str = ""

    @property
    def host(self) -> str:
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.bind.rpartition(":")[2])


def _setting(kind: schema.Field[Any], default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"kind": kind, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """How this gateway runs. Every limit names its unit."""

    data_dir: Path = _setting(schema.String(), Path("var"), "Folder of the SQLite database, key secret and locks.")
    database_url: str = _setting(
        schema.String(), "", "Database URL; empty is SQLite in the data folder; `postgresql://…` for PostgreSQL."
    )
    database_url_file: str = _setting(
        schema.String(),
        "",
        "File that holds the database URL, so that its password is in no environment; instead of it.",
    )
    database_wait_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=600)),
        30,
        "How long a start waits for a database that does not answer, seconds.",
    )
    bind: str = _setting(
        schema.String(validate=Regexp(_HOST_PORT, error="HOST:PORT expected")),
        "127.0.0.1:8080",
        "Address the HTTP gateway listens on, HOST:PORT.",
    )
    base_url: str = _setting(
        schema.String(), "", "The gateway's own URL as others see it, without a trailing slash; empty: from `bind`."
    )
    adapters: tuple[str, ...] = _setting(
        schema.String(), (), "Names of the adapters that run, by comma; empty: all installed ones."
    )
    profiles: tuple[str, ...] = _setting(
        schema.String(),
        (),
        "Folders and FHIR packages (`.tgz`) of profiles that resources may name, by `:`; empty: those built in alone.",
    )
    reuse_rules: str = _setting(
        schema.String(),
        "",
        "Folder of the site's own lists of reuse rules (`*.toml`), looked at again when one changes; empty: those built"
        " in alone.",
    )
    facility: str = _setting(
        schema.String(), "", "Code of the facility that signs this gateway's receipts; empty: the first registered."
    )
    mllp: tuple[Listener, ...] = _setting(
        schema.String(),
        (),
        "Addresses MLLP is listened on, `HOST:PORT=FACILITY`, by comma; without `=FACILITY` the only facility there is;"
        " empty: none.",
    )
    mllp_plain: str = _setting(
        schema.String(validate=OneOf(["", "yes"])),
        "",
        "`yes`: MLLP without TLS beyond this machine, because the network protects it (a VPN, a proxy that ends TLS).",
    )
    mllp_tls_cert: str = _setting(
        schema.String(), "", "PEM file of the certificate chain MLLP shows; with `mllp_tls_key`."
    )
    mllp_tls_key: str = _setting(schema.String(), "", "PEM file of its private key; with `mllp_tls_cert`.")
    mllp_client_ca: str = _setting(
        schema.String(),
        "",
        "PEM file of the authorities whose certificate an MLLP sender must show; empty: none need to.",
    )
    mllp_connections: int = _setting(
        schema.Integer(validate=Range(min=1, max=10_000)),
        256,
        "MLLP connections open at once in each serving process, connections.",
    )
    mllp_memory_bytes: int = _setting(
        schema.Integer(validate=Range(min=1024, max=1024**4)),
        128 * 1024 * 1024,
        "What all MLLP connections of a serving process hold of messages not yet answered; beyond it they wait, bytes.",
    )
    mllp_idle_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=7 * 86_400)),
        3600,
        "How long an MLLP connection may stay open without a message, seconds.",
    )
    tls_cert: str = _setting(schema.String(), "", "PEM file of the server certificate chain; with `tls_key`.")
    tls_key: str = _setting(schema.String(), "", "PEM file of the server's private key; with `tls_cert`.")
    ca_file: str = _setting(
        schema.String(), "", "PEM file of the authorities believed when connecting out; empty: the system's."
    )
    lang: str = _setting(
        schema.String(validate=OneOf(["", "en", "vi"])),
        "",
        "Language of messages, `vi` or `en`; empty: Vietnamese pages, English command line and outcomes.",
    )
    key_passphrase: str = _setting(
        schema.String(), "", "Passphrase of the stored private keys; empty: one is made in the data folder."
    )
    key_passphrase_file: str = _setting(
        schema.String(), "", "File that holds that passphrase (a systemd credential, a mounted secret); instead of it."
    )
    max_payload_bytes: int = _setting(
        schema.Integer(validate=Range(min=1024)), 20 * 1024 * 1024, "Largest request body accepted, bytes."
    )
    page_limit: int = _setting(
        schema.Integer(validate=Range(min=1, max=10_000)), 1_000, "Largest `_count` of a search, resources."
    )
    token_seconds: int = _setting(
        schema.Integer(validate=Range(min=10, max=3600)), 300, "How long an access token lives, seconds."
    )
    threads: int = _setting(
        schema.Integer(validate=Range(min=1, max=256)), 8, "Request threads of each serving process, threads."
    )
    processes: int = _setting(
        schema.Integer(validate=Range(min=1, max=64)),
        1,
        "Serving processes (more than one needs PostgreSQL), processes.",
    )
    judges: int = _setting(
        schema.Integer(validate=Range(min=0, max=64)),
        1,
        "Processes beside each serving one that translate, check and sign (0: the serving one does), processes.",
    )
    cds_milliseconds: int = _setting(
        schema.Integer(validate=Range(min=50, max=60_000)),
        800,
        "How long a CDS Hooks call may take before it is answered with no card, milliseconds.",
    )
    cds_origins: tuple[str, ...] = _setting(
        schema.String(),
        (),
        "Origins whose pages may call `/cds-services` from a browser (`https://his.example`), by comma; empty: none.",
    )
    request_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=600)), 60, "Longest time one request may take, seconds."
    )
    stop_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=600)),
        60,
        "Longest time a stop (SIGTERM) takes to finish the requests and deliveries under way, seconds.",
    )
    delivery_timeout_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=600)), 30, "How long a recipient may take to answer, seconds."
    )
    delivery_first_retry_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=3600)), 5, "Delay before the first retry of a delivery, seconds."
    )
    delivery_longest_retry_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=86400)), 3600, "Longest delay between two tries, seconds."
    )
    delivery_budget_hours: int = _setting(
        schema.Integer(validate=Range(min=1, max=24 * 90)), 72, "How long a delivery is retried before it fails, hours."
    )
    delivery_threads: int = _setting(
        schema.Integer(validate=Range(min=1, max=256)), 16, "Deliveries under way at once in one process, threads."
    )
    poll_seconds: int = _setting(
        schema.Integer(validate=Range(min=1, max=60)), 1, "How often the worker looks for due deliveries, seconds."
    )
    keep_records_days: int = _setting(
        schema.Integer(validate=Range(min=0, max=36_500)),
        0,
        "How long `gateway db prune` leaves a record's bytes after its last delivery (0: for ever), days.",
    )
    log_level: str = _setting(
        schema.String(validate=OneOf(["debug", "info", "warning", "error"])), "info", "Least severe log line written."
    )

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/gateway.db"

    @property
    def public_url(self) -> str:
        """The gateway's own URL, without a trailing slash."""
        if self.base_url:
            return self.base_url
        return f"{'https' if self.tls_cert else 'http'}://{self.bind}"

    @property
    def language(self) -> str:
        """Language of the command line and of OperationOutcomes."""
        return self.lang or "en"


def read_settings(environment: Mapping[str, str] | None = None, **instead: str) -> Settings:
    """The settings, from the process environment unless another is given; ``instead`` wins over both.

    SettingsError lists every wrong one by name: unknown, unreadable, out of range, or half a pair.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith(PREFIX) and value != ""
    } | instead
    known = {item.name: item for item in fields(Settings)}
    wrong = [_unknown(name, known) for name in given if name not in known]
    loaded: dict[str, Any] = {}
    try:
        table = Schema.from_dict({name: item.metadata["kind"] for name, item in known.items()})()
        loaded = dict(table.load({name: value for name, value in given.items() if name in known}))
    except ValidationError as broken:
        found: dict[str, Any] = dict(broken.normalized_messages())  # type: ignore[no-untyped-call]  # left untyped there
        wrong += [
            _fault("settings-wrong", name, error=", ".join(map(str, texts)).rstrip("."))
            for name, texts in found.items()
        ]
    wrong += _from_files(loaded)
    wrong += _contradictions(loaded)
    if wrong:
        raise SettingsError("settings-wrong", issues=wrong)
    if "data_dir" in loaded:
        loaded["data_dir"] = Path(loaded["data_dir"])
    if "adapters" in loaded:
        loaded["adapters"] = tuple(name.strip() for name in loaded["adapters"].split(",") if name.strip())
    if "profiles" in loaded:
        loaded["profiles"] = tuple(path for path in loaded["profiles"].split(os.pathsep) if path)
    if "cds_origins" in loaded:
        loaded["cds_origins"] = tuple(one.strip() for one in loaded["cds_origins"].split(",") if one.strip())
    if "mllp" in loaded:
        loaded["mllp"] = tuple(_listeners(loaded["mllp"]))
    return Settings(**loaded)


def _listeners(written: str) -> Iterator[Listener]:
    """ValueError when one is written otherwise."""
    for one in filter(None, map(str.strip, written.split(","))):
        found = _LISTENER.match(one)
        if found is None:
            raise ValueError(one)
        yield Listener(found["bind"], found["facility"] or "")


def _fault(rule: str, name: str, **parameters: object) -> Issue:
    return Issue("error", "invalid", rule, f"{PREFIX}{name.upper()}", parameters)


def _unknown(name: str, known: Mapping[str, object]) -> Issue:
    """A setting nobody knows, with the one it may have been meant for: a mistyped limit would be no limit."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return _fault("settings-unknown-near", name, near=f"{PREFIX}{near[0].upper()}")
    return _fault("settings-unknown", name)


def _from_files(loaded: dict[str, Any]) -> list[Issue]:
    """What stands in a file instead of the environment, read; each in one place only."""
    wrong = []
    for name in ("database_url", "key_passphrase"):
        if not (path := loaded.get(f"{name}_file")):
            continue
        if loaded.get(name):
            wrong.append(_fault("settings-twice", f"{name}_file", other=f"{PREFIX}{name.upper()}"))
            continue
        try:
            loaded[name] = Path(path).read_text("utf-8").strip()
        except (OSError, ValueError):
            wrong.append(_fault("settings-no-file", f"{name}_file"))
            continue
        if not loaded[name]:
            wrong.append(_fault("settings-empty-file", f"{name}_file"))
    return wrong


def _contradictions(loaded: dict[str, Any]) -> list[Issue]:
    wrong = []
    for door in ("", "mllp_"):
        cert, key = f"{door}tls_cert", f"{door}tls_key"
        if bool(loaded.get(cert)) != bool(loaded.get(key)):
            pair = {"certificate": f"{PREFIX}{cert.upper()}", "key": f"{PREFIX}{key.upper()}"}
            wrong.append(_fault("settings-half-tls", cert if loaded.get(key) else key, **pair))
    if loaded.get("mllp_client_ca") and not loaded.get("mllp_tls_cert"):
        wrong.append(_fault("settings-mllp-client-ca", "mllp_client_ca"))
    try:
        list(_listeners(loaded.get("mllp", "")))
    except ValueError:
        wrong.append(_fault("settings-mllp", "mllp"))
    for name in ("tls_cert", "tls_key", "ca_file", "mllp_tls_cert", "mllp_tls_key", "mllp_client_ca"):
        if loaded.get(name) and not Path(loaded[name]).is_file():
            wrong.append(_fault("settings-no-file", name))
    if loaded.get("reuse_rules") and not Path(loaded["reuse_rules"]).is_dir():
        wrong.append(_fault("settings-no-folder", "reuse_rules"))
    base = loaded.get("base_url", "")
    if base and (not _web_address(base) or base.endswith("/")):
        wrong.append(_fault("settings-base-url", "base_url"))
    elif base.startswith("http://") and loaded.get("tls_cert"):
        wrong.append(_fault("settings-base-url-plain", "base_url"))
    if any(not _web_origin(one.strip()) for one in loaded.get("cds_origins", "").split(",") if one.strip()):
        wrong.append(_fault("settings-cds-origins", "cds_origins"))
    database = loaded.get("database_url", "")
    if database and not database.startswith(("sqlite:///", "postgresql://")):
        wrong.append(_fault("settings-database-url", "database_url"))
    if "adapters" in loaded and not loaded["adapters"].replace(",", " ").strip():
        wrong.append(_fault("settings-no-adapter", "adapters"))
    if loaded.get("processes", 1) > 1 and not database.startswith("postgresql://"):
        wrong.append(_fault("settings-processes", "processes"))
    return wrong


def made_data_dir(settings: Settings) -> Path:
    """The data folder, made when it is not there; SettingsError when it cannot be."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise SettingsError("settings-data-dir", folder=settings.data_dir, error=wrong.strerror) from None
    return settings.data_dir


def _web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _web_origin(text: str) -> bool:
    """As browsers write it (https://www.rfc-editor.org/rfc/rfc6454#section-6.2): no path, not even "/"."""
    return _web_address(text) and text == "{0.scheme}://{0.netloc}".format(urlsplit(text)) and "@" not in text


def environment_without_settings() -> dict[str, str]:
    """The process environment less every ``GATEWAY_…``: what a gateway started from here begins with."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def point_counts_to(folder: Path) -> None:
    """Where prometheus_client keeps the counts of several processes: it asks its own variable for the folder."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def loopback(url: str) -> bool:
    """True when the URL's host is this machine (the only place plain HTTP is allowed to go)."""
    try:
        host = urlsplit(url).hostname or ""
        if host == "localhost":
            return True
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def settings_table() -> list[tuple[str, str, str]]:
    """(variable, default, meaning) of every setting, for docs/settings.md."""
    rows = []
    for item in fields(Settings):
        default = item.default if item.default is not MISSING else ""
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        rows.append((f"{PREFIX}{item.name.upper()}", shown, str(item.metadata["meaning"])))
    return rows
