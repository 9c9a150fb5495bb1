"""Original and enhanced acknowledgement: which answers a message gets, decided by MSH-15 and MSH-16 (table 0155).

HL7 v2.5.1 section 2.9. Original mode, both fields empty: one answer, AA, AE or AR. Enhanced: the accept
acknowledgement (CA, CE, CR) says whether the message is in safe storage, the application acknowledgement
(AA, AE, AR) what became of it. What is refused is not stored, so it gets CE or CR and no application
acknowledgement after it; where no accept acknowledgement is asked for, the application's tells of it.
"""

from __future__ import annotations

from enum import Enum

from gateway.mllp.header import Header


class Became(Enum):
    """What became of a message: the code in original mode or of the application, and the accept code."""

    STORED = ("AA", "CA")  # kept, or held for a person: durable
    CONTENT_REFUSED = ("AE", "CE")
    NOT_OURS = ("AR", "CR")  # MSH-9, MSH-11 or MSH-12
    REJECTED = ("AR", "CE")  # for any other reason that does not lie in its content

    @property
    def application(self) -> str:
        return self.value[0]

    @property
    def accept(self) -> str:
        return self.value[1]


def enhanced(header: Header) -> bool:
    return bool(header.first(15) or header.first(16))


def codes(header: Header | None, became: Became) -> list[str]:
    """The acknowledgement codes to send, in order; [] when the sender asked for none."""
    if header is None or not enhanced(header):
        return [became.application]
    well = became is Became.STORED
    accept = _wanted(header.first(15), well=well)
    application = _wanted(header.first(16), well=well)
    if well:
        return [became.accept] * accept + [became.application] * application
    return [became.accept] if accept else [became.application] * application


def _wanted(condition: str, *, well: bool) -> bool:
    """By table 0155. Empty beside the other one is NE; a word that is not of the table is AL: rather too much said."""
    match condition.upper():
        case "" | "NE":
            return False
        case "ER":
            return not well
        case "SU":
            return well
        case _:
            return True
