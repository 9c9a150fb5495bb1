"""`gateway db`: migrations, and reading back what is stored."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.open import house
from gateway.store import audit, readback, schema
from gateway.store.packing import unpacked
from gateway.store.readback import Stored
from tests.cli.terminal import LAB, LAB_SAMPLE, Terminal
from tests.cli.test_exchange import sent


@pytest.fixture
def filled(registered: Terminal) -> Terminal:
    sent(LAB, LAB_SAMPLE.read_bytes())
    return registered


def tampered(terminal: Terminal, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change the file behind the gateway's back."""
    with closing(sqlite3.connect(terminal.folder / "var" / "gateway.db")) as connection:
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()


def bundle_of(terminal: Terminal) -> bytes:
    with closing(sqlite3.connect(terminal.folder / "var" / "gateway.db")) as connection:
        ((bundle,),) = connection.execute("SELECT bundle FROM exchange").fetchall()
    return unpacked(bundle)


def test_an_empty_database_is_filled_and_upgraded_once(terminal: Terminal) -> None:
    assert terminal.well("db", "upgrade").line == {"was": "empty", "is": "current"}
    assert terminal.well("db", "upgrade").line == {"was": "current", "is": "current"}


def test_what_is_as_it_was_stored_gives_no_finding_and_progress_on_stderr(filled: Terminal) -> None:
    ran = filled.well("db", "check")
    assert ran.line == {"findings": 0}
    assert "1 of 1 exchanges read back (100 %)" in ran.err
    assert not (filled.folder / "var" / "db-check.json").exists()


def test_a_stopped_check_goes_on_where_it_was_with_what_it_found(
    filled: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered(
        filled,
        ("UPDATE resource SET current = (SELECT max(rid) FROM resource_version) WHERE rid = 1", ()),
        ("UPDATE exchange SET bundle = ?", (bundle_of(filled) + b" ",)),
    )

    def stopped(*_: object) -> Iterator[Stored]:
        raise KeyboardInterrupt

    with monkeypatch.context() as here:
        here.setattr(readback, "stored", stopped)
        ran = filled("db", "check")
    assert ran.code != 0
    assert [line["rule"] for line in ran.lines] == ["check-not-current"]
    ran = filled("db", "check", "--resume")
    assert (ran.code, [line.get("rule") for line in ran.lines]) == (1, ["check-bundle-changed", None])
    assert ran.lines[-1] == {"findings": 2}
    assert "audit" not in ran.err
    ran = filled("db", "check", "--resume")
    assert "from the beginning" in ran.err
    assert ran.lines[-1] == {"findings": 2}


def test_a_record_that_is_not_the_one_signed_for_is_found(filled: Terminal) -> None:
    tampered(filled, ("UPDATE exchange SET record = ?", (b"MSH|another",)))
    ran = filled("db", "check")
    assert (ran.code, [line["rule"] for line in ran.lines[:-1]]) == (1, ["signature-payload-differs"])


def test_a_changed_bundle_is_found_and_ends_with_1(filled: Terminal) -> None:
    tampered(filled, ("UPDATE exchange SET bundle = ?", (bundle_of(filled) + b" ",)))
    ran = filled("db", "check")
    assert (ran.code, ran.lines[-1]) == (1, {"findings": 1})
    assert ran.lines[0]["rule"] == "check-bundle-changed"


def test_a_bundle_whose_digest_was_changed_with_it_fails_by_its_signature(filled: Terminal) -> None:
    bundle = bundle_of(filled)
    place = bundle.index(b'"value":', bundle.index(b'"valueQuantity":')) + len(b'"value":')
    forged = bundle[:place] + b"9" + bundle[place:]
    digest = hashlib.sha256(forged).digest()
    tampered(filled, ("UPDATE exchange SET bundle = ?, bundle_sha256 = ?", (forged, digest)))
    ran = filled("db", "check")
    assert ran.code == 1
    assert "check-bundle-changed" not in {line.get("rule") for line in ran.lines}
    assert ran.lines[-1]["findings"] == len(ran.lines) - 1 > 0


def test_a_changed_audit_line_is_found(filled: Terminal) -> None:
    change = ("UPDATE audit_event SET actor = 'someone else'", ())
    with pytest.raises(sqlite3.IntegrityError):
        tampered(filled, change)
    tampered(filled, ("DROP TRIGGER audit_event_no_update", ()), change)
    ran = filled("db", "check")
    assert (ran.code, [line["rule"] for line in ran.lines[:-1]]) == (1, ["check-audit-broken"])


def test_a_newer_database_is_refused_by_every_command(filled: Terminal) -> None:
    tampered(filled, ("UPDATE alembic_version SET version_num = '9999'", ()))
    for typed in (("db", "check"), ("db", "upgrade"), ("facility", "list"), ("exchange", "list")):
        ran = filled(*typed)
        assert (ran.code, ran.out, "[store-newer]" in ran.err) == (2, b"", True)


def test_a_data_folder_that_cannot_be_is_told_in_a_line(terminal: Terminal) -> None:
    Path("file").touch()
    for place in ("file", "file/var"):
        terminal.set(data_dir=place)
        for typed in (("db", "upgrade"), ("facility", "list"), ("serve",)):
            ran = terminal(*typed)
            assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, b"", 1), typed
            assert "[settings-data-dir]" in ran.err


def test_a_database_that_does_not_answer_ends_with_1(terminal: Terminal) -> None:
    terminal.set(database_url="postgresql://127.0.0.1:1/none")
    ran = terminal("facility", "list")
    assert (ran.code, ran.out, "[store-unreachable]" in ran.err) == (1, b"", True)


def test_an_older_database_is_refused_by_who_would_serve_it_naming_the_command(
    filled: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = filled.folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    newest = schema.steps_known()[-1]
    number = f"{int(newest) + 1:04}"
    following = f'revision = "{number}"\ndown_revision = "{newest}"\ndef upgrade():\n    pass\n'
    (steps / "versions" / f"v{number}_following.py").write_text(following)
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    for typed in (("serve",), ("worker",), ("facility", "list"), ("db", "check")):
        ran = filled(*typed)
        assert (ran.code, ran.out) == (2, b""), typed
        assert "gateway db upgrade" in ran.err
    assert filled.well("db", "upgrade").line == {"was": "older", "is": "current"}
    assert filled.well("db", "check").line == {"findings": 0}


def test_a_backup_is_a_database_that_checks_clean(filled: Terminal) -> None:
    ran = filled.well("db", "backup", "copy.db")
    assert set(ran.line) == {"path", "bytes", "audit_head"}
    assert "(100 %)" in ran.err
    assert filled("db", "backup", "copy.db").code == 2
    filled.set(database_url=f"sqlite:///{filled.folder / 'copy.db'}")
    assert filled.well("db", "check", "--whole").line == {"findings": 0}


def test_nothing_is_pruned_unless_a_setting_says_so_and_what_went_is_in_the_trail(filled: Terminal) -> None:
    tampered(
        filled,
        ("INSERT INTO client_assertion VALUES ('c', 'j', 1)", ()),
        ("UPDATE exchange SET status = 'delivered'", ()),
    )
    would = [{"kind": "tokens", "deleted": 0, "due": 1}, {"kind": "records", "deleted": 0, "due": 0, "days": 0}]
    assert filled.well("db", "prune", "--dry-run").lines == would
    assert filled.well("db", "prune").lines == [would[0] | {"deleted": 1}, would[1]]
    filled.set(keep_records_days="30")
    assert filled.well("db", "prune", "--dry-run").lines[1] == {"kind": "records", "deleted": 0, "due": 1, "days": 30}
    assert filled.well("db", "prune").lines[1] == {"kind": "records", "deleted": 1, "due": 1, "days": 30}
    assert filled.well("db", "prune").lines[1]["due"] == 0
    with house() as opened, opened.store.read() as connection:
        told = [one.detail for one in audit.lines(connection, limit=1000) if one.action == "pruned"]
    assert [(one["tokens"], one["records"]) for one in told] == [(1, 0), (0, 1), (0, 0)]
    assert {line["rule"] for line in filled("db", "check").lines[:-1]} == {"check-outbox-contradicts"}
