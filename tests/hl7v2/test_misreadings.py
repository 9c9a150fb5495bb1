"""A message whose text was read in the wrong set is held with its fields, and passes once the set is registered."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile, Translation
from gateway.mapping.charsets import encode
from tests.hl7v2.building import header, holds, message, only, order, patient, result, translate


def sent(charset: str, said: str = "8859/1", name: str = "Nguyễn^Thị Hường") -> bytes:
    text = message(header(f18=said), patient(f5=name), order(), result("ST", "Âm tính")).decode()
    return encode(text, charset)


def places(made: Translation) -> list[tuple[str, str, object]]:
    return [(one.rule, one.expression, one.parameters.get("charset")) for one in made.holds]


@pytest.mark.parametrize("charset", ["utf-8", "tcvn3", "vni"])
def test_what_msh_18_says_wrongly_is_held_until_the_facilitys_set_is_registered(charset: str) -> None:
    made = translate(sent(charset))
    assert ("text-misread", "PID-5", charset) in places(made)
    assert made.held
    right = translate(sent(charset), DefaultProfile(charset=charset))
    assert holds(right) == []
    assert only(right, "Patient")["name"][0]["family"] == "Nguyễn"


def test_text_encoded_twice_is_held() -> None:
    twice = sent("utf-8").decode("latin-1").encode()
    assert ("text-misread", "PID-5", "utf-8") in places(translate(twice.replace(b"8859/1", b"UTF-8")))


@pytest.mark.parametrize("name", ["Nguy?n^V?n A", "Nguy\ufffdn^An"])
def test_lost_letters_are_held(name: str) -> None:
    assert places(translate(sent("utf-8", "UNICODE UTF-8", name))) == [("text-damaged", "PID-5", None)]


@pytest.mark.parametrize("name", ["Müller^Jürgen", "Lü^Nü", "Hå^Åse", "Núñez^María José"])
def test_a_foreign_patient_is_not_held(name: str) -> None:
    assert holds(translate(sent("utf-8", "UNICODE UTF-8", name))) == []


def test_places_are_told_up_to_a_number() -> None:
    results = [result("ST", "D­¬ng tÝnh", f1=str(number)) for number in range(50)]
    data = message(header(f18="8859/1"), patient(f5="AN^AN"), order(f4="CBC^CBC^L"), *results)
    assert len(translate(data.decode().encode("latin-1")).holds) == 20
