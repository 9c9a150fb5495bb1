"""Step 1: everything a signed message must be made of, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.trust.base64url import encode
from tests.trust.world import World, changed, failing, rules, with_jws


def _drop_header(bundle: Any) -> None:
    del bundle["entry"][0]


def _drop_provenance(bundle: Any) -> None:
    del bundle["entry"][-1]


def _not_last(bundle: Any) -> None:
    bundle["entry"].insert(1, bundle["entry"].pop())


def _id_in_provenance(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["id"] = "x"


def _activity_in_provenance(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["activity"] = {"text": "x"}


def _display_beside_who(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["agent"][0]["type"] = {"text": "x"}


def _two_signatures(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["signature"] *= 2


def _other_target(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["target"][0]["reference"] = "Bundle/x"


def _request_in_entry(bundle: Any) -> None:
    bundle["entry"][-1]["request"] = {"method": "POST", "url": "Provenance"}


def _same_url_twice(bundle: Any) -> None:
    bundle["entry"][2]["fullUrl"] = bundle["entry"][1]["fullUrl"]


def _destination(bundle: Any) -> None:
    bundle["entry"][0]["resource"]["destination"] = [{"endpoint": "https://x.example"}]


def _other_event(bundle: Any) -> None:
    bundle["entry"][0]["resource"]["eventCoding"]["code"] = "other"


def _collection(bundle: Any) -> None:
    bundle["type"] = "collection"


def _other_format(bundle: Any) -> None:
    bundle["entry"][-1]["resource"]["signature"][0]["sigFormat"] = "application/jose+json"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (_drop_header, "signature-no-message-header"),
        (_drop_provenance, "signature-no-provenance"),
        (_not_last, "signature-no-provenance"),
        (_id_in_provenance, "signature-provenance-members"),
        (_activity_in_provenance, "signature-provenance-members"),
        (_display_beside_who, "signature-provenance-members"),
        (_two_signatures, "signature-provenance-members"),
        (_request_in_entry, "signature-provenance-members"),
        (_other_target, "signature-target"),
        (_same_url_twice, "signature-full-url"),
        (_destination, "signature-destination"),
        (_other_event, "signature-event"),
        (_collection, "signature-not-a-bundle"),
        (_other_format, "signature-format"),
    ],
)
def test_step_1_a_broken_form_is_invalid_and_nothing_else_is_asked(world: World, change: Any, rule: str) -> None:
    found = world.judged(changed(world.signed, change))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [1], [rule])
    assert [step.verdict.word for step in found.steps[1:]] == ["skip"] * 9


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda jws: jws.replace("..", "."),
        lambda jws: jws.replace("..", ".e30."),
        lambda jws: jws + "=",
        lambda jws: jws + "\n",
        lambda jws: " " + jws,
        lambda jws: "é" + jws,
        lambda jws: "bnVsbA" + jws[jws.index("..") :],
        lambda jws: encode(b'{"alg":"ES256","alg":"none"}') + jws[jws.index("..") :],
    ],
)
def test_step_1_what_is_not_a_detached_compact_jws_is_invalid(world: World, rewrite: Any) -> None:
    found = world.judged(with_jws(world.signed, rewrite))
    assert (failing(found), rules(found)) == ([1], ["signature-not-jws"])
