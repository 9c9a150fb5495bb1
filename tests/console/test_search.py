"""Whom a number or a scanned card finds, and what is said where the card and the record disagree."""

from __future__ import annotations

import pytest

from gateway.bundle import BHXH, BHYT, CCCD
from gateway.console.asked import asked
from gateway.errors import PayloadError
from gateway.prior.question import About
from tests.console.clinic import Clinic, words
from tests.prior.laboratory import CITIZEN, told
from tests.rest.records import observation, patient
from tests.rest.world import OTHER

_NAME = "Nguyễn Thị B".encode().hex()
CARD = "DN4010123456789"


@pytest.mark.parametrize(
    ("text", "read_as", "abouts"),
    [
        ("001090000001", "cccd", [(CCCD, "001090000001")]),
        (" 0010 9000 0001 ", "cccd", [(CCCD, "001090000001")]),
        ("001.090.000-001", "cccd", [(CCCD, "001090000001")]),
        ("０01090000001", "cccd", [(CCCD, "001090000001")]),
        ("0123456789", "bhxh", [(BHXH, "0123456789")]),
        ("dn 401 0123456789", "bhyt", [(BHXH, "0123456789"), (BHYT, CARD)]),
        ("TE1010123456789", "bhyt", [(BHYT, "TE1010123456789")]),
        ("001090000001|012345678|Nguyễn Thị B|02011990|Nữ|Số 1|01062021", "cccd-qr", [(CCCD, "001090000001")]),
        ("001090000001||Nguyễn Thị B|02011990|Nữ|Số 1|01062021|||", "cccd-qr", [(CCCD, "001090000001")]),
        (f"{CARD}|{_NAME}|02/01/1990|2|{_NAME}|01 - 999|x|$", "bhyt-qr", [(BHXH, "0123456789"), (BHYT, CARD)]),
        (f"0123456789|{_NAME}|02/01/1990|2|x|$", "bhyt-qr", [(BHXH, "0123456789")]),
    ],
)
def test_a_number_or_a_card_is_understood(text: str, read_as: str, abouts: list[tuple[str, str]]) -> None:
    found = asked(text)
    assert (found.read_as, list(found.abouts)) == (read_as, [About(*one) for one in abouts])


@pytest.mark.parametrize(
    "text", ["001090000001|x", "123|a|b|c|d|e", "DN40101234567", "00109000000A", "||||||", "x" * 2001]
)
def test_what_is_neither_is_never_searched_for(text: str) -> None:
    with pytest.raises(PayloadError) as refused:
        asked(text)
    assert refused.value.issues[0].rule == "console-search-form"


def test_what_a_card_says_of_its_holder_is_read_and_what_a_scanner_lost_is_not_guessed() -> None:
    card = asked(f"{CARD}|{_NAME}|02/01/1990|2|x|$").card
    assert (card.name, card.sex, card.birth) == ("nguyen thi b", "female", "1990-01-02")
    broken = asked(f"{CARD}|zz|1990-1-2|?|x|$").card
    assert (broken.name, broken.sex, broken.birth) == ("", "", "")


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (f"{CITIZEN}||Nguyễn Thị B|02011990|Nữ|x|01062021", ""),
        (f"{CITIZEN}||Trần Văn C|02011990|Nữ|x|01062021", "Họ tên trên thẻ khác"),
        (f"{CITIZEN}||Nguyễn Thị B|03011990|Nữ|x|01062021", "Ngày sinh trên thẻ khác"),
        (f"{CITIZEN}||Nguyễn Thị B|02011990|Nam|x|01062021", "Giới tính trên thẻ khác"),
    ],
)
def test_a_card_that_contradicts_the_record_is_said_loudly(clinic: Clinic, card: str, said: str) -> None:
    told(clinic.world)
    clinic.sign_in()
    page = clinic.get(clinic.look(card))
    assert "mã QR thẻ căn cước" in words(page)
    assert (said in words(page)) if said else ("trên thẻ khác" not in words(page))


def test_a_number_of_several_records_opens_none_until_one_is_chosen(clinic: Clinic) -> None:
    names = [{"name": [{"text": one}]} for one in ("Lê Thị Một", "Phạm Văn Hai")]
    clinic.world.keep(patient("p1", **names[0]), observation("o1"))
    clinic.world.keep(patient("p2", **names[1]), observation("o2", subject="Patient/p2"), facility=OTHER)
    clinic.sign_in()
    answer = clinic.search("001099012345")
    assert answer.status_code == 300
    said = words(answer)
    assert "Lê Thị Một" in said
    assert "Phạm Văn Hai" in said
    assert "console-patient-opened" not in clinic.actions()
    chosen = clinic.post("/console/patients", patient="p2", basis="treatment", setting="outpatient")
    page = words(clinic.get(chosen.headers["Location"]))
    assert "Phạm Văn Hai" in page
    assert "Lê Thị Một" not in page


def test_the_basis_given_last_is_offered_and_each_look_keeps_its_own(clinic: Clinic) -> None:
    told(clinic.world)
    clinic.sign_in()
    assert "checked" not in clinic.get("/console/patients").text
    first = clinic.look(basis="emergency")
    assert 'value="emergency" required checked' in clinic.get("/console/patients").text
    clinic.look(basis="consent")
    assert "Cấp cứu" in words(clinic.get(first))
    opened = [line.basis for line in clinic.world.audit_lines() if line.action == "console-patient-opened"]
    assert [one.split()[0] for one in opened] == ["emergency:", "written"]
