"""The door of a PACS: who asks, and whom he believes, over real TLS on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.collect.collector import Fate
from gateway.collect.qido import Access
from gateway.simulator.pacs import SimulatedPacs
from tests.collect.archive import Watched, held
from tests.collect.site import Site
from tests.delivery.test_tls import Certified, certified
from tests.mllp.test_tls import sender_certificate

Locked = Callable[..., Watched]


@pytest.fixture
def known(tmp_path: Path) -> Certified:
    return certified(tmp_path / "known")


@pytest.fixture
def locked(site: Site, known: Certified, tmp_path: Path) -> Iterator[Locked]:
    """A collector that believes ``ca``, and lets itself in by ``access``, at a PACS under TLS with one study."""
    with ExitStack() as stack:

        def made(number: int, *, ca: str = known.ca, access: Access | None = None, **of_pacs: Any) -> Watched:
            pacs = stack.enter_context(SimulatedPacs(tls=known.server, **of_pacs))
            pacs.store(held(number))
            watched = Watched(site, pacs, tmp_path, access=access or Access(), ca_file=ca)
            return watched

        yield made


def nothing_was_told(ct: Watched) -> bool:
    return ct.pacs.asked == [] and ct.site.posts == []


def test_a_study_comes_over_tls_from_a_pacs_whose_certificate_is_believed(locked: Locked) -> None:
    ct = locked(400)
    assert ct.pacs.url.startswith("https://")
    assert ct.fates() == [Fate.TAKEN]
    assert ct.taken() == 1


@pytest.mark.parametrize("why", ["another authority", "none named"])
def test_a_pacs_whose_certificate_is_not_believed_is_told_nothing(locked: Locked, tmp_path: Path, why: str) -> None:
    token = tmp_path / "token"
    token.write_text("abc.def")
    other = certified(tmp_path / "other").ca if why == "another authority" else ""
    ct = locked(401, ca=other, access=Access(token_file=token))
    assert ct.rule() == "collect-pacs-tls"
    assert nothing_was_told(ct)


def test_a_pacs_that_speaks_no_tls_where_https_is_written_is_told_nothing(
    ct: Watched, pacs: SimulatedPacs, known: Certified
) -> None:
    ct.ca_file = known.ca
    pacs.url = pacs.url.replace("http:", "https:")
    assert ct.rule() in ("collect-pacs-tls", "collect-pacs-silent")
    assert nothing_was_told(ct)


def test_a_pacs_that_wants_to_know_who_asks_is_shown_our_certificate(locked: Locked, tmp_path: Path) -> None:
    own = sender_certificate(tmp_path / "own")
    ct = locked(402, client_ca=own[0], access=Access(certificate=own))
    assert ct.fates() == [Fate.TAKEN]
    assert ct.taken() == 1


@pytest.mark.parametrize("shown", ["none", "a stranger's"])
def test_without_the_certificate_it_wants_nothing_is_read_and_the_look_ends(
    locked: Locked, tmp_path: Path, shown: str
) -> None:
    own, stranger = sender_certificate(tmp_path / "own"), sender_certificate(tmp_path / "stranger")
    ct = locked(403, client_ca=own[0], access=Access(certificate=None if shown == "none" else stranger))
    assert ct.rule() in ("collect-pacs-tls", "collect-pacs-silent")
    assert nothing_was_told(ct)
    ct.access = Access(certificate=own)
    assert ct.fates() == [Fate.TAKEN]


@pytest.mark.parametrize("kind", ["password", "token"])
def test_it_says_who_asks_by_password_or_token_and_reads_them_anew(locked: Locked, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    asked = {"password": "Basic Y29sbGVjdDptYXRraGF1", "token": "Bearer matkhau"}[kind]
    access = Access("collect", secret) if kind == "password" else Access(token_file=secret)
    ct = locked(410 + len(kind), authorization=asked, access=access)
    assert ct.rule() == "collect-pacs-secret"
    assert nothing_was_told(ct)
    secret.write_text("sai\n")
    assert ct.rule() == "collect-pacs-not-let-in"
    secret.write_text("matkhau\n")
    assert ct.fates() == [Fate.TAKEN]


@pytest.mark.parametrize("wrong", ["not there", "no certificate", "another's key"])
def test_a_certificate_of_ours_that_is_none_is_not_taken_for_the_pacs_silence(
    locked: Locked, tmp_path: Path, wrong: str
) -> None:
    chain, key = sender_certificate(tmp_path / "own")
    if wrong == "not there":
        key = str(tmp_path / "nowhere.key")
    elif wrong == "no certificate":
        Path(chain).write_text("nothing")
    else:
        _, key = sender_certificate(tmp_path / "stranger")
    ct = locked(404, access=Access(certificate=(chain, key)))
    assert ct.rule() == "collect-pacs-secret"
    assert nothing_was_told(ct)
