"""Made-up people of Vietnamese hospitals: the same seed and number is always the same person.

Names, sexes and places are drawn as they are common; numbers have the right shape and can be
nobody's: the CCCD begins with province 099 and the insurance number with 99, neither of which
is assigned, and no Vietnamese telephone number begins with 0000.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_FAMILIES = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "HUỲNH", "PHAN", "VŨ", "VÕ", "ĐẶNG", "BÙI", "ĐỖ", "HỒ", "NGÔ",
             "DƯƠNG", "LÝ", "TRƯƠNG", "ĐINH", "MAI", "LÂM")  # fmt: skip
_SHARES = (38, 11, 9, 7, 5, 5, 4, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)  # about as common as they are, percent
_MIDDLE = {"M": ("VĂN", "HỮU", "ĐỨC", "MINH", "QUỐC", "THANH", "CÔNG"),
           "F": ("THỊ", "THỊ", "THỊ NGỌC", "THỊ THU", "NGỌC", "KIM", "THANH")}  # fmt: skip
_GIVEN = {"M": ("HÙNG", "DŨNG", "TUẤN", "NAM", "LONG", "KHÁNH", "PHÚC", "SƠN", "ĐẠT", "QUÝ", "TÂM", "THỊNH"),
          "F": ("LAN", "HƯƠNG", "HỒNG", "TRANG", "YẾN", "NGA", "THẢO", "QUỲNH", "LOAN", "ÁNH", "DIỆU")}  # fmt: skip
_PLACES = (
    ("Phường Bến Nghé", "Quận 1", "79"), ("Phường Tân Định", "Quận 1", "79"), ("Phường Thảo Điền", "Thủ Đức", "79"),
    ("Phường Hàng Bạc", "Quận Hoàn Kiếm", "01"), ("Phường Dịch Vọng", "Quận Cầu Giấy", "01"),
    ("Xã Đông Anh", "Huyện Đông Anh", "01"), ("Phường Hải Châu I", "Quận Hải Châu", "48"),
    ("Phường Xuân Khánh", "Quận Ninh Kiều", "92"), ("Phường Lạch Tray", "Quận Ngô Quyền", "31"),
    ("Xã Tân Phú", "Huyện Châu Thành", "82"), ("Phường Phú Hội", "Thành phố Huế", "46"),
    ("Thị trấn Sa Pa", "Huyện Sa Pa", "10"), ("Phường Lộc Thọ", "Thành phố Nha Trang", "56"),
    ("Xã Ea Kao", "Thành phố Buôn Ma Thuột", "66"), ("Phường Mỹ Long", "Thành phố Long Xuyên", "89"),
)  # fmt: skip
_CARDS = ("DN4", "GD4", "HT3", "HN2", "SV4")  # employed, household, retired, poor household, student


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person. ``sex``: M or F. ``born``: a date. ``cccd``: 12 digits. ``card``: 15 characters."""

    number: int
    family: str
    given: str
    sex: str
    born: date
    cccd: str
    card: str
    phone: str
    street: str
    ward: str
    district: str
    province: str

    @property
    def name(self) -> str:
        """XPN: family^given, official."""
        return f"{self.family}^{self.given}^^^^^L"


def person(seed: int, number: int) -> Person:
    """The person ``number`` (below a million) of a seed."""
    drawn = Random(f"{seed}/person/{number}")  # noqa: S311  # repeatable on purpose, no secret
    sex = drawn.choice("MF")
    born = date(1931, 1, 1) + timedelta(days=drawn.randrange(365 * 90))
    ward, district, province = drawn.choice(_PLACES)
    insured = f"99{number:08}"
    card = drawn.choice(_CARDS) if born.year <= 2019 else "TE1"  # under six: the children's card
    return Person(
        number=number,
        family=drawn.choices(_FAMILIES, _SHARES)[0],
        given=f"{drawn.choice(_MIDDLE[sex])} {drawn.choice(_GIVEN[sex])}",
        sex=sex,
        born=born,
        cccd=f"099{_century(sex, born)}{born:%y}{number:06}",
        card=f"{card}00{insured}",
        phone=f"0000{number:06}",
        street=f"{drawn.randrange(1, 400)} Đường Thử Nghiệm",
        ward=ward,
        district=district,
        province=province,
    )


def _century(sex: str, born: date) -> int:
    """The fourth digit: men 0, women 1, and 2 and 3 when born in the 2000s (Nghị định 137/2015/NĐ-CP art. 7)."""
    return 2 * (born.year >= 2000) + (sex == "F")
