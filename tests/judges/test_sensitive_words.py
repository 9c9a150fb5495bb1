"""What is on the list: codes with what begins with them, words and never parts of words."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sensitive import sensitive_list
from tests.judges.records import ICD10, LOINC, coded

LIST = sensitive_list()


@pytest.mark.parametrize("code", ["B20", "B20.1", "B201", "b20.1", " B24 ", "Z21", "O98.7", "O987", "F024", "B24†"])
def test_an_icd_10_code_covers_all_that_begin_with_it_with_dots_or_without(code: str) -> None:
    assert LIST.reveals(coded(code, ICD10))


@pytest.mark.parametrize("code", ["B19", "B25.1", "Z20", "Z20.5", "O98", "O98.6", "E11.9", "P24.0", "AB20"])
def test_a_neighbouring_icd_10_code_does_not_reveal(code: str) -> None:
    assert not LIST.reveals(coded(code, ICD10))


def test_every_listed_code_reveals_in_its_own_system_and_in_no_other() -> None:
    for system, codes in LIST.codes.items():
        for code in codes:
            assert LIST.reveals(coded(code, system)), code
            assert LIST.reveals(coded(code, "urn:another")) is LIST.reveals({"text": code}), code


def test_a_loinc_code_reveals_whole_and_not_by_its_beginning() -> None:
    assert LIST.reveals(coded("75622-1"))
    assert not LIST.reveals(coded("75622-10"))
    assert not LIST.reveals(coded("2345-7"))


@pytest.mark.parametrize(
    "text",
    [
        "HIV",
        "hiv âm tính",
        "HIV1",
        "HIV-1/2",
        "HIV_AB",
        "XN_HIV",
        "HIVAg/Ab",
        "HIV-RNA",
        "Anti-HIV",
        "antiHIV",
        "Test nhanh HIV: âm tính",
        "(HIV)",
        "H.I.V.",
        "\uff28\uff29\uff36",  # full width
        "AIDS",
        "hội chứng AIDS.",
        "SIDA",
        "phác đồ ARV bậc 1",
        "CD4",
        "CD4+",
        "TCD4",
        "CD4_ABS",
        "p24",
        "P24 Ag",
        "kháng nguyên P24",
        "Human immunodeficiency virus",
        "Acquired immune deficiency",
        "vi rút gây suy giảm miễn dịch ở người",
        "SUY GIẢM MIỄN DỊCH MẮC PHẢI",
        "suy giam mien dich mac phai",
        "thuốc kháng retrovirus",
        "Dolutegravir 50 mg",
    ],
)
def test_a_word_of_the_list_reveals_however_it_is_written(text: str) -> None:
    assert LIST.reveals(text)
    assert LIST.reveals(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    "text",
    [
        "shiver",
        "archive ARCHIVE",
        "hives",
        "hearing aids",
        "AIDSX",
        "maids",
        "ARVN",
        "carve",
        "CD45",
        "CD40",
        "CD14",
        "ACD4X",
        "P24.0",
        "phòng P24",
        "p240",
        "suy giảm miễn dịch bẩm sinh",
        "viêm gan vi rút B",
        "Tổng phân tích tế bào máu",
        "",
    ],
)
def test_what_only_looks_like_it_does_not_reveal(text: str) -> None:
    assert not LIST.reveals(text)


@given(st.text(alphabet="abcxyzêđô", min_size=1), st.text(alphabet="abcxyzêđô", min_size=1))
def test_inside_a_longer_word_it_is_another_word(before: str, after: str) -> None:
    for word in ("AIDS", "ARV", "SIDA"):
        assert not LIST.reveals(f"{before}{word}{after}")
        assert LIST.reveals(f"{before} {word} {after}")


@given(st.recursive(st.just("HIV"), lambda inner: st.lists(inner, min_size=1) | st.dictionaries(st.just("k"), inner)))
def test_it_is_found_however_deep_it_stands(value: object) -> None:
    assert LIST.reveals(value) == ("HIV" in str(value))


def attachment(text: str, kind: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"contentType": kind, "data": base64.b64encode(text.encode(encoding)).decode()}


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "TEXT/PLAIN; charset=x", "application/hl7-cda+xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_document_of_text_is_read_whatever_its_encoding(kind: str, encoding: str) -> None:
    assert LIST.reveals(attachment("Kết luận: HIV dương tính", kind, encoding))
    assert not LIST.reveals(attachment("Kết luận: bình thường", kind, encoding))


def test_a_document_in_wrapped_lines_is_read() -> None:
    found = attachment("Kết luận: HIV dương tính", "text/plain")
    found["data"] = "\n".join(found["data"][start : start + 8] for start in range(0, len(found["data"]), 8))
    assert LIST.reveals(found)


def test_a_text_that_cannot_be_decoded_is_not_taken_for_harmless() -> None:
    assert LIST.reveals({"contentType": "text/plain", "data": "x"})


def test_letters_of_base64_are_no_words() -> None:
    assert not LIST.reveals({"contentType": "application/pdf", "data": "AA/HIV/A"})


def test_the_title_of_a_document_its_address_and_an_extension_are_read() -> None:
    assert LIST.reveals({"contentType": "application/pdf", "title": "Phiếu HIV"})
    assert LIST.reveals({"url": "https://pacs.example/hiv/1.pdf"})
    assert LIST.reveals({"extension": [{"url": "https://example.org/note", "valueString": "ARV"}]})
    assert LIST.reveals({"identifier": [{"value": "HIV-0012"}]})
    assert LIST.reveals({"text": {"status": "generated", "div": "<div>Anti-HIV: (+)</div>"}})


def test_an_id_or_a_reference_is_not_read_as_text() -> None:
    assert not LIST.reveals({"id": "hiv", "reference": "Observation/hiv"})


def test_the_system_of_a_code_is_not_enough_without_the_word() -> None:
    assert not LIST.reveals({"system": LOINC, "value": "75622-1"})


@pytest.mark.parametrize("key", ["url", "hash"])
def test_a_digest_in_which_chance_wrote_a_word_says_nothing(key: str) -> None:
    digest = {"url": "ni:///sha-256;W6CV-ARV-A4QviVHFpgRv", "hash": "W6CV/ARV/A4QviVHFpgQ="}[key]
    attachment = {"contentType": "x-application/hl7-v2+er7", key: digest}
    assert not LIST.reveals({"content": [{"attachment": attachment}]})
    assert LIST.silent([{"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}])
    assert LIST.reveals({"content": [{"attachment": {**attachment, "title": "ARV"}}]})
