"""Vietnamese text is the same after any character set that can hold it, and bytes that are none of its are refused."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.charsets import CHARSETS, SETTINGS, decode, encode

SMALL = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
WHOLE = SMALL + SMALL.upper() + " 0123456789.,;:-/()<>%+"
ABC = SMALL + "ABCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYĂÂ" + " 0123456789.,;:-/()<>%+"  # capitals with a tone are another font's
LEGACY = ("windows-1258", "tcvn3", "vni", "viscii")


def alphabet(charset: str) -> str:
    return ABC if charset == "tcvn3" else WHOLE


@pytest.mark.parametrize("charset", ["utf-8", "utf-16le", "utf-16be", *LEGACY])
def test_every_vietnamese_letter_comes_back_alone(charset: str) -> None:
    for letter in alphabet(charset):
        assert decode(encode(letter, charset), charset) == letter


@pytest.mark.parametrize("charset", ["utf-8", "utf-16le", "utf-16be", *LEGACY])
@given(data=st.data())
def test_any_vietnamese_text_comes_back_in_nfc(charset: str, data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet(charset)))
    for form in (text, unicodedata.normalize("NFD", text)):
        assert decode(encode(form, charset), charset) == text


@pytest.mark.parametrize(
    ("charset", "written", "meant"),
    [
        ("tcvn3", "NguyÔn V¨n §­êng", "Nguyễn Văn Đường"),
        ("tcvn3", "TRÇN THÞ", "TRầN THị"),  # typed in a capital font: the bytes are the small letters'
        ("vni", "Nguyeãn Vaên Ñöôøng", "Nguyễn Văn Đường"),
        ("vni", "TRAÀN THÒ Vaø", "TRẦN THỊ Và"),
        ("vni", "5 µmol/L ± 2°", "5 µmol/L ± 2°"),
        ("windows-1258", "NguyêÞn Vãn", "Nguyễn Văn"),
    ],
)
def test_words_of_each_set_as_a_latin_screen_shows_them(charset: str, written: str, meant: str) -> None:
    assert decode(written.encode("cp1252"), charset) == meant


def test_viscii_has_letters_where_ascii_has_controls() -> None:
    assert decode(b"\x02\x05\x06\x14\x19\x1e", "viscii") == "ẲẴẪỶỸỴ"  # RFC 1456, section 3


@pytest.mark.parametrize(
    ("charset", "data"),
    [("tcvn3", b"V\xe0"), ("tcvn3", b"\x93a\x94"), ("vni", b"b\xf8"), ("vni", b"\xe7"), ("vni", b"\x81")],
)
def test_bytes_without_a_letter_are_not_read(charset: str, data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(data, charset)


@pytest.mark.parametrize("charset", LEGACY)
def test_a_letter_that_a_set_lacks_is_not_written(charset: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("한", charset)
    with pytest.raises(UnicodeEncodeError):
        encode("ç", "vni")


@given(st.binary(max_size=200), st.sampled_from(sorted(CHARSETS)))
def test_any_bytes_are_text_in_nfc_or_not_of_the_set(data: bytes, charset: str) -> None:
    try:
        text = decode(data, charset)
    except UnicodeDecodeError:
        return
    assert unicodedata.is_normalized("NFC", text)


def test_the_tables_are_those_of_another_implementation() -> None:
    """iconv.json holds what glibc's iconv makes of each byte; how it was made stands in it."""
    told = json.loads((Path(__file__).parent / "iconv.json").read_text("utf-8"))
    for byte in range(0x80, 0x100):
        assert decode(bytes([byte]), "viscii") == told["VISCII"][f"{byte:02X}"]
    read = 0
    for byte in range(0xA0, 0x100):
        try:
            letter = decode(bytes([byte]), "tcvn3")
        except UnicodeDecodeError:
            continue
        assert letter == told["TCVN5712-1"][f"{byte:02X}"]
        read += 1
    assert read == 80


def test_utf16_needs_no_setting_as_its_form_tells() -> None:
    assert set(SETTINGS) == {"utf-8", "iso-8859-1", "windows-1252", *LEGACY}


@pytest.mark.parametrize("charset", sorted(CHARSETS))
def test_a_long_text_is_read_in_one_go(charset: str) -> None:
    """A set whose reading went back over what it read would not be done here."""
    data = encode("àNgo" * 250_000, charset)
    assert len(decode(data, charset)) == 1_000_000
