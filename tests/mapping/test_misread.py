"""Text read in the wrong character set is told from Vietnamese and from foreign text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.charsets import decode, encode
from gateway.mapping.ledger import Ledger
from gateway.mapping.misread import DAMAGED, hold_misread, misread
from gateway.mapping.syllables import is_syllable


def lines(name: str) -> list[str]:
    text = (Path(__file__).parent / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


VIETNAMESE = lines("vietnamese_words.txt")
FOREIGN = lines("foreign_words.txt")


def shown(data: bytes, read_as: str) -> str:
    """What a reader in ``read_as`` makes of the bytes: windows-1252 keeps those it has no character for."""
    if read_as == "windows-1252":
        kept = b"\x81\x8d\x8f\x90\x9d"
        return "".join(chr(one) if one in kept else bytes([one]).decode("cp1252") for one in data)
    return unicodedata.normalize("NFC", data.decode(read_as))


@pytest.mark.parametrize("text", [*VIETNAMESE, *FOREIGN])
@pytest.mark.parametrize("composed", [True, False])
@pytest.mark.parametrize("read_as", ["utf-8", "windows-1258", "viscii"])
def test_nothing_is_said_against_text_that_was_read_rightly(text: str, composed: bool, read_as: str) -> None:
    assert misread(text if composed else unicodedata.normalize("NFD", text), read_as) == ""


@pytest.mark.parametrize("read_as", ["windows-1252", "latin-1", "windows-1258"])
@pytest.mark.parametrize("text", [text for text in VIETNAMESE if not text.isascii()])
def test_vietnamese_utf8_shows_in_any_single_byte_set(text: str, read_as: str) -> None:
    try:
        seen = shown(text.encode(), read_as)
    except UnicodeDecodeError:
        return  # refused, which is better
    assert misread(seen, read_as) == "utf-8"
    assert misread(seen) == "utf-8"  # encoded twice


@pytest.mark.parametrize("text", [text for text in VIETNAMESE if not text.isascii()])
def test_decomposed_utf8_shows_too(text: str) -> None:
    seen = shown(unicodedata.normalize("NFD", text).encode(), "windows-1252")
    assert misread(seen) == "utf-8"


@pytest.mark.parametrize("text", ["Jürgen Müller", "José Ibáñez", "37 °C", "10³/µL", "≥ 5", "µg/mL", "Crème fraîche"])
def test_other_text_in_utf8_shows_as_well(text: str) -> None:
    assert misread(shown(text.encode(), "windows-1252")) == "utf-8"


@pytest.mark.parametrize("charset", ["tcvn3", "vni"])
@pytest.mark.parametrize("read_as", ["windows-1252", "latin-1"])
@pytest.mark.parametrize("text", [text for text in VIETNAMESE if not text.isascii()])
def test_vietnamese_of_the_old_fonts_shows_in_a_latin_set(text: str, read_as: str, charset: str) -> None:
    if charset == "tcvn3":
        text = text[:1] + text[1:].lower()
    try:
        data = encode(text, charset)
    except UnicodeEncodeError:  # a capital with a tone, which TCVN3 has not
        data = encode(text.lower(), charset)
    assert misread(shown(data, read_as), read_as) == charset


@pytest.mark.parametrize(("charset", "seen"), [("viscii", "Nguy®n Vån"), ("windows-1258", "NguyêÞn Thiò")])
def test_so_do_viscii_and_windows_1258(charset: str, seen: str) -> None:
    assert misread(seen) == charset


@pytest.mark.parametrize("read_as", ["tcvn3", "vni", "viscii", "windows-1258"])
@pytest.mark.parametrize("written", ["tcvn3", "vni", "utf-8"])
def test_a_facility_registered_with_another_set_is_told(read_as: str, written: str) -> None:
    """They are refused, or told; none passes with other letters."""
    if written == read_as:
        return
    try:
        seen = decode(encode("Nguyễn Thị Hường, Trần Văn Đức, Phạm Quỳnh Như", written), read_as)
    except UnicodeDecodeError:
        return
    assert misread(seen, read_as) == written


@pytest.mark.parametrize(
    "text", ["Nguy?n V?n Hà", "Tr?n Th? B", "Ki?m tra", "Nguy\ufffdn", "ab\x85c", "Ph?i: không t?n thương"]
)
def test_lost_letters_are_told(text: str) -> None:
    assert misread(text) == DAMAGED


def test_a_hold_names_the_place_and_the_set_and_never_the_text() -> None:
    ledger = Ledger()
    assert hold_misread("NguyÔn V¨n", "iso8859-1", "PID-5", ledger)
    assert hold_misread("Nguy\ufffdn", "utf-8", "PID-6", ledger)
    assert not hold_misread("Nguyễn Văn", "utf-8", "PID-9", ledger)
    assert [(one.rule, one.expression, one.parameters) for one in ledger.holds] == [
        ("text-misread", "PID-5", {"charset": "tcvn3"}),
        ("text-damaged", "PID-6", {}),
    ]


@given(st.text(max_size=60), st.sampled_from(["utf-8", "iso8859-2", "windows-1258", "tcvn3", "vni", "viscii", "ascii"]))
def test_any_text_has_an_answer(text: str, read_as: str) -> None:
    assert misread(text, read_as) in {"", DAMAGED, "utf-8", "tcvn3", "vni", "windows-1258", "viscii"}


def test_long_text_is_looked_at_in_one_go() -> None:
    for text in ("é" * 1_000_000, "a?" * 500_000, "é " * 300_000, "b??b" * 200_000):
        assert misread(text) in ("", DAMAGED)


@pytest.mark.parametrize("word", ["Nguyễn", "quốc", "giường", "giữ", "gìn", "giếng", "hoà", "hòa", "khuỷu", "Ý"])
def test_syllables_are_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Müller", "nguyôn", "cé", "ngĩ", "bòc", "ghà", "fan", "Smith", "thaù", "uống2"])
def test_what_is_spelt_otherwise_is_none(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("text", ["Nü Guðmundsdóttir Çelik Hå", "Björn H¹ Chloë Hå", "Augmentin™ Hå Ménière vu"])
def test_foreign_words_outweigh_one_that_happens_to_fit(text: str) -> None:
    assert misread(text) == ""
