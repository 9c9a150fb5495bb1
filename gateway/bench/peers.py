"""What a user would otherwise take, measured in the same run where it is installed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import rfc8785
from joserfc import jws
from joserfc.jwk import ECKey

NOT_INSTALLED = "not installed"


def python_hl7() -> Callable[[str], object] | None:
    """python-hl7's parser."""
    return _found("hl7", "parse")


def hl7apy() -> Callable[[str], object] | None:
    """hl7apy's parser, as tolerant as it is by default, finding groups."""
    return _found("hl7apy", "parse_message", "parser")


def fhir_resources() -> Callable[[bytes], object] | None:
    """fhir.resources' model of an R4B Bundle, from JSON text."""
    if find_spec("fhir") is None:
        return None
    found: Callable[[bytes], object] = import_module("fhir.resources.R4B.bundle").Bundle.model_validate_json
    return found


def pyfhircheck(package: Path | None) -> Callable[[dict[str, Any]], object] | None:
    """pyfhircheck's own validator, of JSON read by Python, with HL7's definitions where ``package`` holds them."""
    if find_spec("pyfhircheck") is None:
        return None
    configured = import_module("pyfhircheck.config").ValidatorConfig
    made = import_module("pyfhircheck.core.engine").Validator(
        configured(local_package_paths=[str(package)] if package else [], allow_unknown_extensions=True)
    )

    def quietly(bundle: dict[str, Any]) -> object:
        with redirect_stdout(StringIO()):  # its FHIRPath prints what an expression traces
            return made.validate_resource(bundle)

    return quietly


def _found(package: str, function: str, module: str = "") -> Callable[[str], object] | None:
    if find_spec(package) is None:
        return None
    found: Callable[[str], object] = getattr(import_module(f"{package}.{module}" if module else package), function)
    return found


def naive_signer() -> Callable[[bytes], object]:
    """Read the JSON, write it by the rfc8785 library, sign that with joserfc."""
    key = ECKey.generate_key("P-256")

    def signed(bundle: bytes) -> object:
        return jws.serialize_compact({"alg": "ES256"}, rfc8785.dumps(json.loads(bundle)), key)

    return signed


class NaiveStore:
    """One JSON row a resource under a text key, a commit an exchange: no version, index, audit line or queue."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE resource (type TEXT, id TEXT, body TEXT, PRIMARY KEY (type, id))")

    def keep(self, resources: Sequence[dict[str, Any]]) -> None:
        rows = [(one["resourceType"], one["id"], json.dumps(one)) for one in resources]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO resource VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        self._connection.close()
