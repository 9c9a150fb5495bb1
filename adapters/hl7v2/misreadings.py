"""Fields whose text was read in another character set than it was written in: held, so that no such text goes on."""

from __future__ import annotations

from adapters.hl7v2.message import Message
from gateway.mapping.ledger import Ledger
from gateway.mapping.misread import hold_misread, may_be_misread

MOST = 20  # places told; one is enough to hold the message


def hold_misreadings(message: Message, ledger: Ledger) -> None:
    """A hold for each of the first fields that are so; the message's bytes are kept, and can be sent again."""
    if message.plain:
        return
    told = 0
    for segment in message.segments:
        for number, text in enumerate(segment.texts):
            if text and number and may_be_misread(text):
                told += hold_misread(text, message.delimiters.charset, segment.path(number), ledger)
                if told == MOST:
                    return
