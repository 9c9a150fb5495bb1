"""MLLP: the acknowledgement of a message, and what it must not say.

HL7 v2.5.1 chapter 2, https://www.hl7.eu/HL7v2x/v251/std251/ch02.html: 2.9 (modes), 2.15.5 (ERR), 2.15.8 (MSA),
2.15.9 (MSH).
"""

from __future__ import annotations

import re

from gateway.conformance import made_up
from gateway.conformance.checks.errors import shows_the_inside
from gateway.conformance.checks.mllp import of, over_mllp, taken
from gateway.conformance.client import Answer, Unanswered
from gateway.conformance.line import Acknowledgement, Line, framed
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault

_REFUSES = ("AE", "AR", "CE", "CR")
_NO_TYPE = "ZZZ^Z99^ZZZ_Z99"
NO_SET = "KIEM-TRA-KHONG-CO"  # a character set that is of no table
_PLACE = re.compile(rb"[A-Z][A-Z0-9]{2}(\^|\Z)")


def refused(answer: Acknowledgement, message: bytes) -> Findings:
    """It says AE or AR (enhanced CE or CR) to this very message."""
    if answer.code not in _REFUSES:
        yield fault("conformance-mllp-code", expected="AE, AR", found=answer.code or "-")
    yield from of(answer, message)


@over_mllp
def the_message_is_named_as_it_names_itself(_target: Target, line: Line) -> Findings:
    for number in (made_up.new_number(), f"a.b-c {made_up.new_number()[:12]}", f"Ể{made_up.new_number()[:12]}"):
        message = line.result(f10=number)
        yield from of(line.ask(message), message)


@over_mllp
def sender_and_receiver_change_places(_target: Target, line: Line) -> Findings:
    message = line.result()
    answer, asked = line.ask(message), Acknowledgement(message)
    for sent, back in ((3, 5), (4, 6), (5, 3), (6, 4)):
        if answer.field("MSH", back) != asked.field("MSH", sent):
            yield fault("conformance-mllp-field", field=f"MSH-{back}", expected=f"MSH-{sent}")


@over_mllp
def it_is_an_acknowledgement_of_the_same_version(_target: Target, line: Line) -> Findings:
    message = line.result()
    answer, asked = line.ask(message), Acknowledgement(message)
    if answer.field("MSH", 9).partition(b"^")[0] != b"ACK":
        yield fault("conformance-mllp-field", field="MSH-9", expected="ACK")
    for number in (11, 12):
        if answer.field("MSH", number) != asked.field("MSH", number):
            yield fault("conformance-mllp-field", field=f"MSH-{number}", expected=f"MSH-{number}")


@over_mllp
def each_acknowledgement_has_a_number_of_its_own(_target: Target, line: Line) -> Findings:
    with line.open() as talk:
        numbers = [talk.ask(line.result()).field("MSH", 10) for _ in range(2)]
    if not all(numbers) or len(set(numbers)) < len(numbers):
        yield fault("conformance-mllp-same-number")


@over_mllp
def without_a_number_no_message_is_named(_target: Target, line: Line) -> Findings:
    answer = line.ask(line.result(f10=""))
    yield from _answered(answer)
    if answer.names.strip() not in (b"", b'""'):
        yield fault("conformance-mllp-other-message")


@over_mllp
def an_unknown_type_is_refused(_target: Target, line: Line) -> Findings:
    message = line.result(f9=_NO_TYPE)
    yield from refused(line.ask(message), message)


@over_mllp
def a_refusal_says_where(_target: Target, line: Line) -> Findings:
    message = line.result(f9=_NO_TYPE)
    answer = line.ask(message)
    yield from refused(answer, message)
    errors = answer.named("ERR")
    if not any(_PLACE.match((*one, b"", b"", b"")[2]) and _code(one) and b"E" in one[4:5] for one in errors):
        yield fault("conformance-mllp-no-place")


def _code(error: list[bytes]) -> bool:
    """ERR-3 is a number, as those of HL7 table 0357 are."""
    return len(error) > 3 and error[3].partition(b"^")[0].isdigit()


@over_mllp
def a_version_that_is_none_is_refused(_target: Target, line: Line) -> Findings:
    message = line.result(f12="9.9")
    yield from refused(line.ask(message), message)


@over_mllp
def delimiters_are_those_of_the_message(_target: Target, line: Line) -> Findings:
    message = line.result().replace(b"^~\\&", b"*~\\&", 1).replace(b"|", b"#").replace(b"^", b"*")
    yield from taken(line.ask(message), message)


@over_mllp
def an_accept_acknowledgement_comes_where_it_is_asked_for(_target: Target, line: Line) -> Findings:
    message, after = line.result(f15="AL", f16="NE"), line.result()
    with line.open() as talk:
        answer = talk.ask(message)
        if answer.code != "CA":
            yield fault("conformance-mllp-code", expected="CA", found=answer.code or "-")
        yield from of(answer, message)
        yield from of(talk.ask(after), after)  # and no second answer came between


@over_mllp
def what_wants_no_answer_gets_none(_target: Target, line: Line) -> Findings:
    silent, after = line.result(f15="NE", f16="NE"), line.result()
    line.taken(silent)
    with line.open() as talk:
        talk.write(framed(silent))
        yield from of(talk.ask(after), after)


@over_mllp
def an_acknowledgement_is_not_answered(_target: Target, line: Line) -> Findings:
    after = line.result()
    head = line.result(f9="ACK^R01^ACK", f10=made_up.new_number()).partition(b"\r")[0]
    with line.open() as talk:
        talk.write(framed(head + b"\rMSA|AA|" + made_up.new_number().encode() + b"\r"))
        yield from of(talk.ask(after), after)


@over_mllp
def a_refusal_shows_no_inside(_target: Target, line: Line) -> Findings:
    good, answered = line.result(), 0
    for message in (
        line.result(f9=_NO_TYPE), line.result(f12="9.9"), line.result(f18=NO_SET), line.result(f7="yesterday"),
        good.replace(b"\rOBX|1|NM|", b"\rOBX|1|QQ|"), good.replace(b"\rPID|", b"\rPID"), b"MSH|", b"\x00\xff" * 50,
    ):  # fmt: skip
        try:
            answer = line.ask(message)
        except Unanswered:  # to hang up on what is no message is an answer, too
            continue
        answered += 1
        if shows_the_inside(Answer("MLLP", line.url, body=answer.stray + answer.block)):
            yield fault("conformance-mllp-inside")
    if not answered:
        raise Unanswered("conformance-no-answer")


@over_mllp
def names_come_back_as_they_were(_target: Target, line: Line) -> Findings:
    name = "KHOA XÉT NGHIỆM Ở ĐẮK LẮK"
    answer = line.ask(line.result(f3=name))
    if answer.field("MSH", 5) != name.encode():
        yield fault("conformance-mllp-characters")


@over_mllp
def a_character_set_of_no_table_is_refused(_target: Target, line: Line) -> Findings:
    message = line.result(f18=NO_SET)
    yield from refused(line.ask(message), message)


@over_mllp
def bytes_outside_of_the_declared_set_are_refused(_target: Target, line: Line) -> Findings:
    message = line.result().replace("Ể".encode(), b"\xff", 1)
    yield from refused(line.ask(message), message)


@over_mllp
def an_answer_to_plain_characters_is_plain(_target: Target, line: Line) -> Findings:
    head = line.result(f9=_NO_TYPE, f18="").partition(b"\r")[0]
    answer = line.ask(head + b"\r")
    yield from _answered(answer)
    if not answer.block.isascii():
        yield fault("conformance-mllp-not-plain")


def _answered(answer: Acknowledgement) -> Findings:
    """It has an MSA: what is no acknowledgement shows nothing of how one is made."""
    if not answer.named("MSA"):
        yield fault("conformance-mllp-no-msa")
