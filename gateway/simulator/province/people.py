"""The patients: each of one facility, some of two of them known at both by their citizen id, some under two numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

_FAMILIES = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "VŨ", "ĐẶNG", "BÙI", "ĐỖ", "HỒ")
_MIDDLE = {"M": ("VĂN", "HỮU", "ĐỨC"), "F": ("THỊ", "NGỌC", "THU")}
_GIVEN = ("THỬ", "MẪU", "GIẢ", "ĐỊNH", "VÍ DỤ", "TƯỞNG", "TẬP", "NHÁP")
_STREETS = ("Đường Mẫu", "Đường Thử", "Ngõ Ví Dụ")


@dataclass(frozen=True, slots=True)
class Person:
    """As one facility knows a patient. ``citizen``: the citizen id, "" where it does not know it."""

    facility: str
    number: str
    name: str
    born: str
    sex: str
    citizen: str = ""
    street: str = "1 Đường Mẫu"

    def moved(self, dice: Random) -> Person:
        """The same patient at another address."""
        return replace(self, street=f"{dice.randint(1, 99)} {dice.choice(_STREETS)}")

    def mistaken(self, dice: Random) -> Person:
        """The same patient as somebody wrote them down in haste: another's citizen id, none, or another name."""
        return replace(
            self, **dice.choice(({"citizen": f"0010{dice.randint(0, 60):08}"}, {"citizen": ""}, {"name": "VÔ^DANH"}))
        )

    @property
    def pid(self) -> str:
        """PID as this facility writes it."""
        numbers = f"{self.number}^^^{self.facility}^MR" + (f"~{self.citizen}^^^CCCD^NI" if self.citizen else "")
        return f"PID|1||{numbers}||{self.name}||{self.born}|{self.sex}|||{self.street}^^Phường Thử^79"


def people(dice: Random, facilities: tuple[str, ...], count: int) -> list[tuple[Person, ...]]:
    """``count`` people: each as the one to three records that hospitals have of them.

    Those of a pair at one facility are two numbers of one patient, which are merged one day.
    """
    return [_records(dice, facilities, place) for place in range(count)]


def _records(dice: Random, facilities: tuple[str, ...], place: int) -> tuple[Person, ...]:
    sex = dice.choice("MF")
    name = f"{dice.choice(_FAMILIES)}^{dice.choice(_MIDDLE[sex])} {dice.choice(_GIVEN)} {dice.choice(_GIVEN)}"
    born = f"{dice.randint(1940, 2024)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
    home = facilities[place % len(facilities)]
    citizen = f"0010{place:08}" if place % 3 != 2 else ""
    first = Person(home, f"BN{place:06}", name, born, sex, citizen).moved(dice)
    made = [first]
    if place % 3 == 0:  # came to the emergency room without papers
        made.append(replace(first, number=f"CC{place:06}", citizen=citizen if place % 6 == 0 else ""))
    if citizen and place % 5 == 1:  # known at another hospital too
        elsewhere = replace(first, facility=facilities[(place + 1) % len(facilities)], number=f"HS{place:06}")
        made.append(elsewhere.mistaken(dice) if place % 10 == 1 else elsewhere)
    return tuple(made)
