"""gateway cds-client: who may call is what an operator registered, once, with public keys and a legal basis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import gateway
from gateway.errors import Conflict, NotFound
from gateway.trust.jwk import new_client_key, public_jwks

ISSUER = "https://his.example"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    environment = {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "GATEWAY_BASE_URL": "https://gateway.example"}
    key = new_client_key()
    (tmp_path / "keys.json").write_text(json.dumps(public_jwks(key)))
    (tmp_path / "new.json").write_text(json.dumps(public_jwks(new_client_key())))
    (tmp_path / "private.json").write_text(json.dumps({"keys": [key]}))

    def invoke(*arguments: str) -> Result:
        return CliRunner(env=environment).invoke(gateway, [one.replace("FILES", str(tmp_path)) for one in arguments])

    assert invoke("facility", "add", "79001", "--name", "Bệnh viện Thử").exit_code == 0
    return invoke


def add(run: Any, *options: str, keys: str = "FILES/keys.json", facility: str = "79001") -> Result:
    given = ("--facility", facility, "--jwks", keys, "--cds-hooks", "1.0", *options)
    result: Result = run("cds-client", "add", ISSUER, *given)
    return result


def test_a_client_is_registered_with_its_version_and_listed(run: Any) -> None:
    done = add(run, "--language", "en", "--record-numbers")
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        {
            "iss": ISSUER,
            "facility": "79001",
            "cds_hooks": "1.0",
            "services": "https://gateway.example/cds-services",
        },
    )
    (listed,) = map(json.loads, run("cds-client", "list").stdout.splitlines())
    assert (listed["client_id"], listed["cds_hooks"], listed["language"]) == (ISSUER, "1.0", "en")
    assert (listed["record_numbers"], listed["scopes"]) == (True, [])
    assert isinstance(add(run).exception, Conflict)


def test_keys_and_basis_change_and_the_rest_stays(run: Any) -> None:
    add(run)
    before = json.loads(run("cds-client", "list").stdout)
    changed = json.loads(run("cds-client", "change", ISSUER, "--jwks", "FILES/new.json", "--basis", "").stdout)
    assert changed["jwks"] != before["jwks"]
    assert changed == before | {"jwks": changed["jwks"], "basis": ""}
    assert json.loads(run("cds-client", "list").stdout) == changed
    assert isinstance(run("cds-client", "change", "79001-client", "--language", "en").exception, NotFound)


def test_a_client_needs_a_facility_public_keys_and_a_basis(run: Any) -> None:
    assert isinstance(add(run, facility="79002").exception, NotFound)
    assert add(run, keys="FILES/private.json").exit_code == 2
    assert add(run, keys="FILES/none.json").exit_code != 0
    assert add(run, "--basis", " ").exit_code == 2
    assert run("cds-client", "list").stdout == ""
