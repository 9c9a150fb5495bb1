"""MLLP: blocks and connections of a listener.

Minimal Lower Layer Protocol, release 1:
https://www.hl7.org/documentcenter/public/wg/inm/mllp_transport_specification.PDF
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.conformance.client import Unanswered
from gateway.conformance.line import FS_CR, VT, Acknowledgement, Line, framed
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, omit

_ENDLESS = 32 * 1024 * 1024  # bytes of a block without an end: more than any message has
_PIECE = 64 * 1024

Asking = Callable[[Target, Line], Findings]


def over_mllp(check: Asking) -> Callable[[Target], Findings]:
    """The check of a listener, omitted where none was named."""

    def asked(target: Target) -> Findings:
        if target.line is None:
            yield omit("conformance-no-mllp")
            return
        yield from check(target, target.line)

    return asked


def taken(answer: Acknowledgement, message: bytes) -> Findings:
    """It says AA, or CA, to this very message."""
    if not answer.takes:
        yield fault("conformance-mllp-code", expected="AA", found=answer.code or "-")
    yield from of(answer, message)


def of(answer: Acknowledgement, message: bytes) -> Findings:
    """It names the message in MSA-2."""
    if answer.names != Acknowledgement(message).field("MSH", 10):
        yield fault("conformance-mllp-other-message")


@over_mllp
def a_message_is_answered_in_a_block(_target: Target, line: Line) -> Findings:
    message = line.result()
    answer = line.ask(message)
    if answer.stray or not answer.segments:
        yield fault("conformance-mllp-unframed")
    elif len(answer.named("MSA")) != 1:
        yield fault("conformance-mllp-no-msa")
    else:
        yield from taken(answer, message)


@over_mllp
def a_message_in_pieces_is_one(_target: Target, line: Line) -> Findings:
    message = line.result()
    block = framed(message)
    with line.open() as talk:
        talk.write(block[:1], block[1:40], block[40:-2], block[-2:-1], block[-1:])
        yield from taken(talk.hear(message), message)


@over_mllp
def two_messages_in_one_write_get_two_answers(_target: Target, line: Line) -> Findings:
    first, second = line.result(), line.result()
    with line.open() as talk:
        talk.write(framed(first) + framed(second))
        yield from taken(talk.hear(first), first)
        yield from taken(talk.hear(second), second)


@over_mllp
def bytes_before_a_block_are_dropped(_target: Target, line: Line) -> Findings:
    message = line.result()
    with line.open() as talk:
        talk.write(b"\r\nnoise\r\n" + framed(message))
        yield from taken(talk.hear(message), message)


@over_mllp
def half_a_message_is_not_taken(_target: Target, line: Line) -> Findings:
    message = line.result()
    with line.open() as talk:
        talk.write(VT + message[: len(message) // 2])
        if any(answer.takes for answer in talk.ended(message)):
            yield fault("conformance-mllp-half")
    yield from _still_takes(line)  # silence alone shows nothing


@over_mllp
def a_block_without_an_end_is_bounded(_target: Target, line: Line) -> Findings:
    message = line.result()
    sent = 0
    try:
        with line.open() as talk:
            talk.write(VT + message)
            while sent < _ENDLESS and not talk.stirred():
                talk.write(b"A" * _PIECE)
                sent += _PIECE
            if talk.stirred():
                if talk.hear(message).takes:
                    yield fault("conformance-mllp-half")
            else:
                yield fault("conformance-mllp-endless", bytes=sent)
    except Unanswered as broken:
        if broken.rule != "conformance-no-answer":  # it hung up, as it may
            raise
    yield from _still_takes(line)


def _still_takes(line: Line) -> Findings:
    message = line.result()
    yield from taken(line.ask(message), message)


@over_mllp
def the_connection_stays_open(_target: Target, line: Line) -> Findings:
    with line.open() as talk:
        for _ in range(3):
            message = line.result()
            yield from taken(talk.ask(message), message)


@over_mllp
def one_slow_sender_holds_up_nobody(_target: Target, line: Line) -> Findings:
    slow, other = line.result(), line.result()
    with line.open() as talk:
        talk.write(VT + slow[:100])
        yield from taken(line.ask(other), other)
        talk.write(slow[100:] + FS_CR)
        yield from taken(talk.hear(slow), slow)
