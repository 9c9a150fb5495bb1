"""Faults of an MLLP listener: of what its acknowledgements say, and of which it sends."""

from __future__ import annotations

import re

from gateway.mllp.framing import framed
from gateway.simulator.faulty.listener import broken_wire
from gateway.simulator.faulty.of_lines import answered
from gateway.simulator.faulty.wire import Wire


def _changed(message: bytes, segment: bytes, number: int, value: bytes) -> bytes:
    """An acknowledgement with another field; of MSH the separator is field 1."""
    lines = message.split(b"\r")
    for place, line in enumerate(lines):
        if line.startswith(segment):
            fields = line.split(b"|")
            at = number - 1 if segment == b"MSH" else number
            lines[place] = b"|".join([*fields[:at], value, *fields[at + 1 :]])
    return b"\r".join(lines)


def _taken(message: bytes, condition: bytes) -> bytes:
    """AA in place of a refusal for this condition of table 0357."""
    if b"|" + condition + b"^" not in message:
        return message
    return re.sub(rb"\rERR[^\r]*", b"", _changed(message, b"MSA", 1, b"AA"))


@broken_wire("mllp-number-cut", "MLLP-9", "the number of the message is repeated to its tenth character alone")
class _NumberCut(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(re.sub(rb"(\rMSA\|..\|[^|\r]{10})[^|\r]*", rb"\1", message))


@broken_wire("mllp-not-swapped", "MLLP-10", "sender and receiver stay in their places")
class _NotSwapped(Wire):
    def down(self, message: bytes) -> bytes:
        fields = message.split(b"|")
        return framed(b"|".join([*fields[:2], *fields[4:6], *fields[2:4], *fields[6:]]))


@broken_wire("mllp-other-version", "MLLP-11", "an acknowledgement is of version 2.3, whatever it answers")
class _OtherVersion(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_changed(message, b"MSH", 12, b"2.3"))


@broken_wire("mllp-same-number", "MLLP-12", "every acknowledgement has the same number")
class _SameNumber(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_changed(message, b"MSH", 10, b"1"))


@broken_wire("mllp-number-invented", "MLLP-13", "where a message has no number the acknowledgement makes one up")
class _NumberInvented(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(re.sub(rb"\rMSA\|(..)(?=\r|\|\|)", rb"\rMSA|\1|1", message))


@broken_wire("mllp-any-type", "MLLP-14", "a message of any type is acknowledged as taken")
class _AnyType(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_taken(message, b"200"))


@broken_wire("mllp-no-place", "MLLP-15", "a refusal has no ERR")
class _NoPlace(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(re.sub(rb"\rERR[^\r]*", b"", message))


@broken_wire("mllp-any-version", "MLLP-16", "a message of any version is acknowledged as taken")
class _AnyVersion(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_taken(message, b"203"))


@broken_wire("mllp-usual-delimiters", "MLLP-17", "the usual delimiters are expected, whatever a message declares")
class _UsualDelimiters(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        if message.startswith(b"MSH|^~\\&|"):
            return message
        self.say(answered(message, "AE"))
        return b""


@broken_wire("mllp-accept-unheeded", "MLLP-18", "every message is answered in original mode")
class _AcceptUnheeded(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(message.replace(b"\rMSA|CA", b"\rMSA|AA"))


@broken_wire("mllp-answers-unasked", "MLLP-19", "a message that wants no answer gets one")
class _AnswersUnasked(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        return message.replace(b"|NE|NE|", b"|||", 1)


@broken_wire("mllp-answers-answers", "MLLP-20", "an acknowledgement is acknowledged")
class _AnswersAnswers(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        if b"|ACK^" in message.partition(b"\r")[0]:
            self.say(answered(message, "AA"))
        return message


@broken_wire("mllp-marks-lost", "MLLP-21", "an acknowledgement has a question mark for each byte that is not ASCII")
class _MarksLost(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(re.sub(rb"[\x80-\xff]", b"?", message))


@broken_wire("mllp-any-set", "MLLP-22", "an unknown character set is taken for one that is known")
class _AnySet(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_taken(message, b"103"))


@broken_wire("mllp-any-bytes", "MLLP-23", "bytes that are none of the declared set are taken")
class _AnyBytes(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_taken(message, b"102"))


@broken_wire("mllp-words-in-utf8", "MLLP-24", "reasons are in Vietnamese, whatever set a message declares")
class _WordsInUtf8(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_changed(message, b"MSA", 3, "Bản tin bị từ chối".encode()))


@broken_wire("mllp-trace", "MLLP-25", "a refusal shows a stack trace")
class _Trace(Wire):
    def down(self, message: bytes) -> bytes:
        return framed(_changed(message, b"MSA", 3, b"Traceback (most recent call last):"))
