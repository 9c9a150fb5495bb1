"""Who reads a payload, and the fence around whoever wrote that adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from gateway.adapter import (
    DefaultProfile,
    Payload,
    Profile,
    Record,
    SourceAdapter,
    Translation,
    Unplaced,
    choose,
    split,
    translate,
)
from gateway.errors import AdapterConflict, AdapterFault, GatewayError, PayloadError
from gateway.outcome import Issue

SECRET = "NGUYEN VAN BI MAT"
PAYLOAD = Payload(b"MSH|" + SECRET.encode())
RECORD = Record(b"x", "79001", "x", issues=(Issue("warning", "value", "split-remark"),))


class Written(SourceAdapter):
    """An adapter whose three methods are given."""

    version = "1"

    def __init__(
        self,
        name: str = "one",
        claims: Any = True,
        made: Callable[[], Any] = lambda: Translation([{"resourceType": "Patient"}]),
        cut: Callable[[], Any] = lambda: [RECORD],
    ) -> None:
        self.name, self._claims, self._made, self._cut = name, claims, made, cut

    def recognises(self, payload: Payload) -> bool:
        return bool(self._claims() if callable(self._claims) else self._claims)

    def translate(self, record: Record, facility: Profile) -> Translation:
        found: Translation = self._made()
        return found

    def records(self, payload: Payload) -> Sequence[Record]:
        found: Sequence[Record] = self._cut()
        return found


def raising(error: BaseException) -> Callable[[], Any]:
    def call() -> Any:
        raise error

    return call


def deep() -> Any:
    return deep()


def later(error: Exception) -> Iterator[Any]:
    """A sequence that breaks when it is read, not when it is made."""
    yield from ()
    raise error


# ---- choose ---------------------------------------------------------------------------


def test_the_one_that_claims_it_reads_it() -> None:
    one = Written("one")
    assert choose([Written("none", claims=False), one], PAYLOAD) is one


def test_when_none_claims_it_everyone_asked_is_named() -> None:
    with pytest.raises(AdapterConflict) as refused:
        choose([Written("a", claims=False), Written("b", claims=False)], PAYLOAD)
    assert refused.value.issues[0].rule == "adapter-none-claims"
    assert refused.value.issues[0].parameters == {"asked": "a, b"}


def test_when_two_claim_it_both_are_named_and_no_other() -> None:
    with pytest.raises(AdapterConflict) as refused:
        choose([Written("a"), Written("b", claims=False), Written("c")], PAYLOAD)
    assert refused.value.issues[0].rule == "adapter-two-claim"
    assert refused.value.issues[0].parameters == {"claimants": "a, c"}


def test_the_named_one_reads_it_unasked() -> None:
    one = Written("one", claims=raising(AssertionError("asked")))
    assert choose([Written("other"), one], PAYLOAD, "one") is one


def test_a_name_nobody_has_is_told_with_those_that_run() -> None:
    with pytest.raises(AdapterConflict) as refused:
        choose([Written("a")], PAYLOAD, "b")
    assert refused.value.issues[0].parameters == {"name": "b", "running": "a"}
    with pytest.raises(AdapterConflict):
        choose([], PAYLOAD)


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\x0b\x1c\r", b"\xef\xbb\xbf", b"\x00\x00"])
def test_a_payload_of_nothing_is_empty_and_nobodys(data: bytes) -> None:
    with pytest.raises(PayloadError) as refused:
        choose([Written()], Payload(data))
    assert refused.value.issues[0].rule == "payload-empty"


# ---- the fence ------------------------------------------------------------------------

FAULTS = [ValueError(SECRET), KeyError(SECRET), AssertionError(SECRET), UnicodeError(SECRET), MemoryError(SECRET)]
CALLS: dict[str, Callable[[Exception], Any]] = {
    "recognises": lambda fault: choose([Written(claims=raising(fault))], PAYLOAD),
    "records": lambda fault: split(Written(cut=raising(fault)), PAYLOAD),
    "records, when read": lambda fault: split(Written(cut=lambda: later(fault)), PAYLOAD),
    "translate": lambda fault: translate(Written(made=raising(fault)), RECORD, DefaultProfile()),
    "resources, when read": lambda fault: translate(
        Written(made=lambda: Translation(later(fault))),  # type: ignore[arg-type]  # an author's mistake
        RECORD,
        DefaultProfile(),
    ),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("call", CALLS)
def test_an_authors_fault_is_told_by_its_type_and_line_and_never_by_its_text(call: str, fault: Exception) -> None:
    with pytest.raises(AdapterFault) as told:
        CALLS[call](fault)
    assert told.value.__suppress_context__
    (issue,) = told.value.issues
    assert issue.rule == "adapter-fault"
    assert issue.parameters["adapter"] == "one"
    assert issue.parameters["error"] == type(fault).__name__
    assert isinstance(issue.parameters["line"], int)
    for text in (str(told.value), repr(told.value), issue.text("vi"), str(issue)):
        assert SECRET not in text


def test_a_payload_too_deep_for_the_author_is_the_senders() -> None:
    for call in (
        lambda: choose([Written(claims=deep)], PAYLOAD),
        lambda: split(Written(cut=deep), PAYLOAD),
        lambda: translate(Written(made=deep), RECORD, DefaultProfile()),
    ):
        with pytest.raises(PayloadError) as refused:
            call()
        assert refused.value.issues[0].rule == "payload-too-deep"


def test_what_an_author_refuses_on_purpose_passes_unchanged() -> None:
    refusal = PayloadError("no-patient", "PID")
    with pytest.raises(PayloadError) as refused:
        translate(Written(made=raising(refusal)), RECORD, DefaultProfile())
    assert refused.value is refusal


def test_an_interrupt_is_not_an_authors_fault() -> None:
    with pytest.raises(KeyboardInterrupt):
        translate(Written(made=raising(KeyboardInterrupt())), RECORD, DefaultProfile())


@pytest.mark.parametrize("made", [None, [], {"resourceType": "Bundle"}, Translation([None]), Translation(["Patient"])])
def test_what_is_no_translation_is_the_authors_fault(made: Any) -> None:
    with pytest.raises(AdapterFault) as told:
        translate(Written(made=lambda: made), RECORD, DefaultProfile())
    assert told.value.issues[0].rule == "adapter-returned-nonsense"


@pytest.mark.parametrize("cut", [[b"bytes"], [RECORD, None], "text"])
def test_what_are_no_records_is_the_authors_fault(cut: Any) -> None:
    with pytest.raises(AdapterFault) as told:
        split(Written(cut=lambda: cut), PAYLOAD)
    assert told.value.issues[0].rule == "adapter-returned-nonsense"


# ---- what comes through ---------------------------------------------------------------


def test_a_payload_of_one_record_is_that_record_to_the_last_byte() -> None:
    (record,) = split(Written(), PAYLOAD)
    assert (record.data, record.facility) == (PAYLOAD.data, "79001")


def test_records_of_several_keep_their_own_bytes() -> None:
    both = [Record(b"a", "", "a", 1), Record(b"b", "", "b", 2)]
    assert split(Written(cut=lambda: tuple(both)), PAYLOAD) == both


def test_a_payload_without_records_is_refused() -> None:
    with pytest.raises(GatewayError) as refused:
        split(Written(cut=list), PAYLOAD)
    assert refused.value.issues[0].rule == "payload-without-records"


def test_what_splitting_remarked_stands_before_what_translating_did() -> None:
    remark = Issue("warning", "value", "translate-remark")
    told = translate(Written(made=lambda: Translation([], [remark])), RECORD, DefaultProfile())
    assert list(told.issues) == [*RECORD.issues, remark]


def test_a_model_of_fhir_resources_becomes_plain_json() -> None:
    from fhir.resources.R4B.patient import Patient

    model = Patient.model_validate({"resourceType": "Patient", "gender": "female"})
    told = translate(Written(made=lambda: Translation([model])), RECORD, DefaultProfile())
    assert type(told.resources[0]) is dict
    assert told.resources[0]["gender"] == "female"


def test_a_clinical_field_without_a_place_holds_and_another_does_not() -> None:
    assert Translation([], unplaced=[Unplaced("OBX[1]-5", "unreadable", clinical=True)]).held
    assert not Translation([], unplaced=[Unplaced("MSH-15", "not kept")]).held
    assert Translation([], holds=[RECORD.issues[0]]).held
