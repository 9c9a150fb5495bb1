"""The vectors that other implementations rely on: code, files and documentation say the same."""

from __future__ import annotations

import re

import pytest

from gateway.jsontext import dumps
from gateway.trust import verify as steps
from tests.trust import vectors


def test_signing_the_message_again_gives_the_very_bytes_of_the_file() -> None:
    assert dumps(vectors.signed_anew()) == (vectors.FOLDER / "signed-rs256.json").read_bytes()


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_signed_vector_is_valid_by_the_trust_file_beside_it(alg: str) -> None:
    found = vectors.judged(vectors.signed(alg), payload=vectors.payload())
    assert (found.verdict, found.message and found.message.protected["alg"]) == ("valid", alg)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_signed_vector_is_the_unsigned_one_and_one_entry(alg: str) -> None:
    bundle = vectors.signed(alg)
    assert dumps({**bundle, "entry": bundle["entry"][:-1]}) == dumps(vectors.unsigned())


def test_the_documentation_shows_these_vectors() -> None:
    text = vectors.DOCUMENT.read_text(encoding="utf-8")
    assert text.split(vectors.BEGIN)[1].split(vectors.END)[0] == vectors.shown()


def test_the_documentation_numbers_the_steps_as_the_code_does() -> None:
    written = re.findall(r"^(\d+)\. \*\*(\w+)\*\*", vectors.DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    found = vectors.judged(vectors.signed("ES256"))
    assert [(int(number), name) for number, name in written] == [(step.number, step.name) for step in found.steps]
    told = re.findall(r"^ +(\d+) (\w+) ", steps.__doc__ or "", re.MULTILINE)
    assert told == written
