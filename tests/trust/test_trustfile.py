"""The trust file: written and read back, every mistake with its place, an empty one refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.errors import SettingsError
from gateway.jsontext import dumps
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.trustfile import TrustFile
from tests.trust.world import HOSPITAL, LAB, NOW, World


def mistakes(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(SettingsError) as raised:
        trustfile.read(given)
    return sorted((issue.expression, issue.rule) for issue in raised.value.issues)


def test_what_is_exported_reads_back_the_same(world: World) -> None:
    revoked = replace(world.lab, revoked_at=NOW + timedelta(days=1), reason="mất khoá")
    made = trustfile.of_keys([world.root, revoked, world.hospital], date=NOW)
    assert trustfile.read(made.as_bytes()) == trustfile.read(made.as_json()) == made
    assert [(one.kid, one.reason) for one in made.revocations] == [(world.lab.kid, "mất khoá")]
    assert [one.facility for one in made.bindings] == [LAB, HOSPITAL]
    assert made.authorities == world.root.chain


def test_no_private_key_is_exported(world: World) -> None:
    assert b"PRIVATE" not in world.trust.as_bytes()
    assert all("PRIVATE" in key.private_pem for key in (world.root, world.lab))


def test_a_trust_file_without_an_authority_is_refused(world: World) -> None:
    assert mistakes({**world.trust.as_json(), "authorities": []}) == [("authorities", "trust-empty")]
    with pytest.raises(SettingsError):
        TrustFile(NOW, ())
    with pytest.raises(SettingsError):
        trustfile.of_keys([world.root], date=NOW)


@pytest.mark.parametrize("given", [b"", b"{", b"\xff", b'{"trust":1,"trust":1}', b"[" * 5000])
def test_a_trust_file_that_is_not_json_is_refused(given: bytes) -> None:
    assert [place for place, _ in mistakes(given)] == [""]


@pytest.mark.parametrize("given", [b"[]", b"null", b"1", b'"x"', b"{}"])
def test_a_trust_file_that_is_something_else_lacks_every_member(given: bytes) -> None:
    names = ["authorities", "date", "facilities", "revocations", "trust"]
    assert mistakes(given) == [(name, "trust-member-missing") for name in names]


@pytest.mark.parametrize(
    ("path", "value", "place", "rule"),
    [
        (("trust",), 2, "trust", "trust-version"),
        (("trust",), "1", "trust", "trust-member-type"),
        (("date",), "2026-11-22", "date", "trust-not-an-instant"),
        (("date",), None, "date", "trust-member-missing"),
        (("extra",), 1, "extra", "trust-member-unknown"),
        (("authorities",), "x", "authorities", "trust-member-type"),
        (("authorities", 0), "x", "authorities[0]", "trust-not-a-certificate"),
        (("authorities", 0), 5, "authorities[0]", "trust-member-type"),
        (("facilities", 1), "x", "facilities[1]", "trust-member-type"),
        (("facilities", 1, "from"), "yesterday", "facilities[1].from", "trust-not-an-instant"),
        (("facilities", 1, "facility"), "", "facilities[1].facility", "trust-member-missing"),
        (("facilities", 0, "certificate"), "x", "facilities[0].certificate", "trust-not-a-certificate"),
        (("facilities", 0, "kid"), "x", "facilities[0].kid", "trust-kid-differs"),
        (("revocations",), [{"at": "x"}], "revocations[0].at", "trust-not-an-instant"),
    ],
)
def test_every_mistake_is_named_with_its_place(
    world: World, path: tuple[str | int, ...], value: Any, place: str, rule: str
) -> None:
    made: Any = copy.deepcopy(world.trust.as_json())
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert (place, rule) in mistakes(dumps(made))


def test_a_signing_certificate_is_no_authority(world: World) -> None:
    given = {**world.trust.as_json(), "authorities": [world.lab.chain[0]]}
    assert mistakes(given) == [("authorities[0]", "trust-not-an-authority")]


def test_several_trust_files_are_believed_together_and_dated_like_the_oldest(world: World) -> None:
    root = new_authority("Khác", now=NOW)
    other = trustfile.of_keys([issue(root, facility="X1", name="", now=NOW)], date=NOW - timedelta(days=3))
    both = trustfile.merge(world.trust, other, world.trust)
    assert both.date == other.date
    assert both.authorities == (*world.trust.authorities, *other.authorities)
    assert both.bindings == (*world.trust.bindings, *other.bindings)
    assert world.judged(trust=both).valid
    assert not world.judged(trust=other).valid
