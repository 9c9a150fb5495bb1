"""Every function and operator of FHIRPath by the examples of its specification, as (text, answer) pairs.

http://hl7.org/fhirpath/2018Sep/ and https://hl7.org/fhir/R4/fhirpath.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.r4.fhirpath import Environment, FhirPathError, Undecided, compile_text
from gateway.r4.fhirpath.functions import FUNCTIONS
from gateway.r4.fhirpath.nodes import Node, content
from gateway.r4.fhirpath.values import Quantity
from gateway.r4.schema import resource_node
from tests.r4.samples import patient

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PATIENT = patient(
    extension=[{"url": "http://a.example/b", "valueInteger": 3}],
    _gender={"extension": [{"url": "http://a.example/c", "valueString": "x"}]},
    multipleBirthInteger=2,
    generalPractitioner=[{"reference": "Practitioner/1"}],
)
ANSWERS: dict[str, list[tuple[str, list[Any]]]] = {
    "existence": [
        ("{}.empty()", [True]),
        ("name.given.exists($this = 'An')", [True]),
        ("name.given.all($this.length() = 2)", [False]),
        ("{}.all(false)", [True]),
        ("(true | false).allTrue()", [False]),
        ("(true | false).anyTrue()", [True]),
        ("(true | false).allFalse()", [False]),
        ("(true | false).anyFalse()", [True]),
        ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
        ("(1 | 4).subsetOf(1 | 2 | 3)", [False]),
        ("(1 | 2 | 3).supersetOf(1 | 2)", [True]),
        ("(1 | 2).combine(1).isDistinct()", [False]),
        ("(1 | 2).combine(1).distinct().count()", [2]),
        ("true.not()", [False]),
    ],
    "filtering": [
        ("(1 | 2 | 3).where($this > 1)", [2, 3]),
        ("(1 | 2 | 3).select($this * 10)", [10, 20, 30]),
        ("(1 | 2 | 3).select($index)", [0, 1, 2]),
        ("(5 | 6).select((1 | 2 | 3).where($index > 1).count() + $index)", [1, 2]),
        ("1.repeat(iif($this < 4, $this + 1))", [2, 3, 4]),
        ("('a' | 1 | true).ofType(Integer)", [1]),
        ("(1 | 2 | 3).aggregate($this + $total, 0)", [6]),
        ("(3 | 1 | 2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))", [1]),
    ],
    "subsetting": [
        ("(1 | 2 | 3)[1]", [2]),
        ("(1 | 2 | 3)[-1]", []),
        ("5.single()", [5]),
        ("(1 | 2 | 3).first()", [1]),
        ("(1 | 2 | 3).last()", [3]),
        ("(1 | 2 | 3).tail()", [2, 3]),
        ("(1 | 2 | 3).skip(1)", [2, 3]),
        ("(1 | 2 | 3).skip(-1).count()", [3]),
        ("(1 | 2 | 3).take(2)", [1, 2]),
        ("(1 | 2 | 3).take(0)", []),
        ("(1 | 2 | 3).intersect(2 | 3 | 4)", [2, 3]),
        ("(1 | 2 | 3).exclude(2)", [1, 3]),
        ("(1 | 2).union(2 | 3)", [1, 2, 3]),
        ("(1 | 2).combine(2 | 3).count()", [4]),
    ],
    "conversion": [
        ("iif(true, 'a', 'b')", ["a"]),
        ("iif({}, 'a', 'b')", ["b"]),
        ("iif(false, 'a')", []),
        ("'yes'.toBoolean() and '0'.toBoolean().not() and 1.toBoolean()", [True]),
        ("'maybe'.toBoolean()", []),
        ("'12'.toInteger()", [12]),
        ("'1.5'.toInteger()", []),
        ("true.toInteger()", [1]),
        ("'1.50'.toDecimal()", [Decimal("1.50")]),
        ("1.50.toString()", ["1.50"]),
        ("5 'mg'.toString()", ["5 'mg'"]),
        ("'2026-01-02T10:00:00Z'.toDate()", ["2026-01-02"]),
        ("'2026-01'.toDateTime() > @2025", [True]),
        ("'10:30'.toTime() < @T10:31", [True]),
        ("'4 days'.toQuantity() = 4 'd'", [True]),
        ("'5 \\'mg\\''.toQuantity()", [Quantity(Decimal(5), "mg")]),
        ("'5 xyz'.toQuantity()", []),
        ("7.toQuantity()", [Quantity(7)]),
        ("'x'.convertsToInteger()", [False]),
        ("'7'.convertsToInteger() and '7'.convertsToDecimal() and '7'.convertsToString()", [True]),
        ("'7'.convertsToQuantity() and '2026'.convertsToDate() and '2026'.convertsToDateTime()", [True]),
        ("'10:00'.convertsToTime() and 'true'.convertsToBoolean()", [True]),
        ("{}.convertsToInteger()", []),
    ],
    "texts": [
        ("'abcdefg'.indexOf('bc')", [1]),
        ("'abcdefg'.indexOf('x')", [-1]),
        ("'abcdefg'.substring(3)", ["defg"]),
        ("'abcdefg'.substring(1, 2)", ["bc"]),
        ("'abcdefg'.substring(6, 2)", ["g"]),
        ("'abcdefg'.substring(7, 1)", []),
        ("'abcdefg'.startsWith('abc')", [True]),
        ("'abcdefg'.endsWith('efg')", [True]),
        ("'abcdefg'.contains('d')", [True]),
        ("'abcdefg'.upper()", ["ABCDEFG"]),
        ("'AbCdefg'.lower()", ["abcdefg"]),
        ("'abcdefg'.replace('cde', '123')", ["ab123fg"]),
        ("'abcdefg'.replace('cde', '')", ["abfg"]),
        ("'abc'.replace('', 'x')", ["xaxbxcx"]),
        ("'Library|4.0'.matches('Library')", [True]),
        ("'Library|4.0'.matches('^Library$')", [False]),
        ("'a\\nb'.matches('^a.b$')", [True]),
        ("'11/30/1972'.replaceMatches('[0-9]{2}/', 'x')", ["xx1972"]),
        ("'abc'.length()", [3]),
        ("'abc'.toChars()", ["a", "b", "c"]),
        ("{}.length()", []),
        ("'a' & {} & 'b'", ["ab"]),
        ("'a' + {}", []),
    ],
    "mathematics": [
        ("(-5).abs()", [5]),
        ("-5.5.abs()", [Decimal("-5.5")]),
        ("(-5.5 'mg').abs()", [Quantity(Decimal("5.5"), "mg")]),
        ("1.1.ceiling()", [2]),
        ("(-1.1).ceiling()", [-1]),
        ("2.1.floor()", [2]),
        ("(-2.1).floor()", [-3]),
        ("0.exp()", [1]),
        ("1.ln()", [0]),
        ("16.log(2)", [4]),
        ("2.power(3)", [8]),
        ("(-1).power(0.5)", []),
        ("3.14159.round(3)", [Decimal("3.142")]),
        ("1.5.round()", [2]),
        ("81.sqrt()", [9]),
        ("(-1).sqrt()", []),
        ("(-1.56).truncate()", [-1]),
        ("2 * 3 + 4", [10]),
        ("2 + 3 * 4", [14]),
        ("5 / 2", [Decimal("2.5")]),
        ("5 div 2", [2]),
        ("5.5 div 0.7", [7]),
        ("-5 div 2", [-2]),
        ("5 mod 2", [1]),
        ("5.5 mod 0.7", [Decimal("0.6")]),
        ("1 / 0 | 1 div 0 | 1 mod 0", []),
        ("2 * 3 'mg'", [Quantity(6, "mg")]),
        ("6 'mg' / 2", [Quantity(3, "mg")]),
        ("3 'mg' + 2 'mg'", [Quantity(5, "mg")]),
        ("1 week + 1 day = 8 days", [True]),
        ("+1 - -1", [2]),
    ],
    "times": [
        ("@2026-01-31 + 1 month", ["2026-02-28"]),
        ("@2024-02-29 - 1 year", ["2023-02-28"]),
        ("@2026-02-27 + 2 days", ["2026-03-01"]),
        ("@2026 + 24 months", ["2028"]),
        ("@2026 + 6 months", ["2026"]),
        ("@2026-03 - 31 days", ["2026-02"]),
        ("@2026-01-01T00:30:00+07:00 - 1 hour", ["2025-12-31T23:30:00+07:00"]),
        ("@2026-01-01T00:00:00.500Z + 0.5 seconds", ["2026-01-01T00:00:01.000Z"]),
        ("@T23:30 + 60 minutes", ["00:30"]),
        ("@2026 = @2026-01", []),
        ("@2026-01-01T10:00:00Z = @2026-01-01T17:00:00+07:00", [True]),
        ("@2026-01-01T10:00Z < @2026-01-01T10:00:30Z", []),
        ("@T10:00 < @T10:30", [True]),
        ("@2026-01 ~ @2026-01", [True]),
        ("@2026 ~ @2026-01", [False]),
        ("birthDate + 1 year", ["1981-02-28"]),
        ("birthDate < today() - 18 years", [True]),
        ("today()", ["2026-11-23"]),
        ("now()", ["2026-11-23T08:30:00.000Z"]),
        ("timeOfDay()", ["08:30:00.000"]),
        ("now() = now()", [True]),
    ],
    "comparison": [
        ("1.0 = 1", [True]),
        ("'1' = 1", [False]),
        ("{} = {}", []),
        ("(1 | 2) = (2 | 1)", [False]),
        ("(1 | 2) ~ (2 | 1)", [True]),
        ("{} ~ {}", [True]),
        ("{} !~ 1", [True]),
        ("'A  b' ~ 'a B'", [True]),
        ("1.01 ~ 1.0", [True]),
        ("name ~ name", [True]),
        ("5 'mg' = 5 'mg'", [True]),
        ("5 'mg' < 6 'mg'", [True]),
        ("5 'mg' < 6 'g'", []),
        ("60 minutes = 1 hour", [True]),
        ("12 months = 1 year", [True]),
        ("5 'mg' ~ 5.0 'mg'", [True]),
        ("'b' in ('a' | 'b')", [True]),
        ("{} in ('a' | 'b')", []),
        ("('a' | 'b') contains 'b'", [True]),
    ],
    "precedence": [
        ("1 + 2 | 3", [3]),
        ("true or false and false", [True]),
        ("false implies true = true", [True]),
        ("1 = 1 and 2 > 1", [True]),
        ("1 | 2 is Integer", [1, True]),
        ("2 * 3 div 4", [1]),
        ("'a' & 'b' = 'ab'", [True]),
        ("-1 * 2", [-2]),
        ("name.given.count() > 1 xor false", [True]),
    ],
    "literals": [
        ("'\\'\\\\\\t\\u0041\\/'", ["'\\\tA/"]),
        ("`name`.given.first()", ["Văn"]),
        ('"name".given.first()', ["Văn"]),
        ("1 /* a remark */ + // another\n 1", [2]),
        ("@2026-01-02.toString()", ["2026-01-02"]),
        ("4 days", [Quantity(4, "d")]),
        ("%`vs-administrative-gender`", ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
        ("%'ext-patient-birthTime'", ["http://hl7.org/fhir/StructureDefinition/patient-birthTime"]),
        ("%sct | %loinc", ["http://snomed.info/sct", "http://loinc.org"]),
        ("%resource.id = %rootResource.id and %context.id = id", [True]),
    ],
    "types": [
        ("1 is Integer and 1.0 is Decimal and 'a' is System.String and true is Boolean", [True]),
        ("@2026 is Date and @2026T is DateTime and @T10 is Time and 1 'mg' is Quantity", [True]),
        ("birthDate is date and birthDate is System.Date", [True]),
        ("birthDate is dateTime", [False]),
        ("$this is FHIR.Patient and $this is DomainResource", [True]),
        ("gender is code and gender is string", [True]),
        ("multipleBirth as integer", [2]),
        ("multipleBirth.ofType(boolean)", []),
        ("is(Patient)", [True]),
    ],
    "fhir": [
        ("extension('http://a.example/b').value", [3]),
        ("extension('http://a.example/b').valueInteger", [3]),
        ("gender.extension('http://a.example/c').value", ["x"]),
        ("gender.hasExtension('http://a.example/b')", [False]),
        ("gender.hasValue()", [True]),
        ("gender.getValue()", ["male"]),
        ("name.getValue()", []),
        ("birthDate.getValue() is Date", [True]),
        ("name.trace('names', given).count()", [1]),
        ("children().count() > 5 and descendants().count() > 9", [True]),
        ("generalPractitioner.resolve()", []),
        ("{}.memberOf('http://a.example/set')", []),
        ("'x'.htmlChecks()", [False]),
    ],
}  # fmt: skip


def asked(text: str, **known: Any) -> list[Any]:
    node = resource_node(PATIENT)
    assert node is not None
    environment = Environment(node, node, node, now=lambda: NOW, **known)
    return [content(item) for item in compile_text(text).items(environment)]


@pytest.mark.parametrize(
    ("text", "answer"), [pair for family in ANSWERS.values() for pair in family], ids=lambda value: str(value)[:40]
)
def test_it_answers_as_the_specification_says(text: str, answer: list[Any]) -> None:
    assert asked(text) == answer
    assert [type(item) is bool for item in asked(text)] == [type(item) is bool for item in answer]


def test_every_function_that_decides_anything_has_an_example() -> None:
    written = " ".join(text for family in ANSWERS.values() for text, _ in family)
    left_out = {name for name in FUNCTIONS if f"{name}(" not in written}
    assert left_out == {"conformsTo", "slice", "elementDefinition", "checkModifiers", "subsumes", "subsumedBy"}


@pytest.mark.parametrize(
    "text",
    [
        "(1 | 2).single()",
        "(1 | 2) < 3",
        "1 < 'a'",
        "1 + 'a'",
        "'a' - 'a'",
        "@2026 + 1",
        "@2026 + 1 'mg'",
        "@9999 + 2 years",
        "1 'mg' + 1 'g'",
        "'a'.substring('b')",
        "1.startsWith('a')",
        "1 & 'a'",
        "(1 | true).allTrue()",
        "'a'.matches('(?=a)')",
        "'a'.matches('(a)\\\\1')",
        "'a'.matches('(a')",
        "'abc'.replaceMatches('(b)', '$1')",
        "1.round(-1)",
        "2.power(1000)",
        "10000000000000000000000000000 * 10",
        "name.slice('a', 'b')",
        "name.elementDefinition()",
    ],
)
def test_what_has_no_answer_says_so(text: str) -> None:
    with pytest.raises(FhirPathError):
        asked(text)


@pytest.mark.parametrize(
    "text", ["1 is Patiënt", "name as Nothing", "$other", "%vs", "1.unknown()", "1.count(2)", "'\\d'", "a.where(b c)"]
)
def test_what_is_not_known_is_refused_before_it_is_asked(text: str) -> None:
    with pytest.raises(FhirPathError):
        compile_text(text)


def test_who_knows_the_codes_of_a_value_set_is_asked() -> None:
    def member_of(url: str, value: Any) -> bool | None:
        return value == "male" if url == "http://a.example/set" else None

    assert asked("gender.memberOf('http://a.example/set')", member_of=member_of) == [True]
    assert asked("'x'.memberOf('http://a.example/set')", member_of=member_of) == [False]
    with pytest.raises(Undecided):
        asked("gender.memberOf('http://a.example/other')", member_of=member_of)


def test_who_knows_a_profile_is_asked() -> None:
    def conforms_to(node: Node, profile: str) -> bool | None:
        return node.type.name == "Patient" if profile == "http://a.example/p" else None

    assert asked("conformsTo('http://a.example/p')", conforms_to=conforms_to) == [True]
    assert asked("name.conformsTo('http://a.example/p')", conforms_to=conforms_to) == [False]
    with pytest.raises(Undecided):
        asked("conformsTo('http://a.example/q')", conforms_to=conforms_to)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{0} or true", [True]),
        ("true or {0}", [True]),
        ("{0} and false", [False]),
        ("{0} implies true", [True]),
        ("false implies {0}", [True]),
    ],
)
def test_logic_decides_what_one_side_leaves_undecided(text: str, answer: list[Any]) -> None:
    assert asked(text.format("gender.memberOf('http://a.example/other')")) == answer


@pytest.mark.parametrize("text", ["{0} or false", "{0} and true", "{0} implies false", "{0}.not()", "{0} xor true"])
def test_what_no_side_decides_stays_undecided(text: str) -> None:
    with pytest.raises(Undecided):
        asked(text.format("gender.memberOf('http://a.example/other')"))


def truth(text: str, **known: Any) -> bool | None:
    node = resource_node(PATIENT)
    assert node is not None
    return compile_text(text).on(Environment(node, node, node, **known))


def test_what_is_not_met_perhaps_for_a_reference_to_elsewhere_is_undecided() -> None:
    asked_of = "generalPractitioner.resolve().active"
    with pytest.raises(Undecided):
        truth(f"{asked_of}.exists()")
    with pytest.raises(Undecided):
        truth(f"{asked_of} = true")
    assert truth(f"{asked_of}.exists() or active.empty()") is True
    found = resource_node({"resourceType": "Practitioner", "name": [{"text": "a"}]})
    assert truth(f"{asked_of}.exists()", resolve=lambda _reference: found) is False
    assert truth("name.exists(family = 'x')") is False  # and does not remember the expression before


def test_an_extension_can_be_asked_for_by_its_own_context_invariants() -> None:
    extension = resource_node(PATIENT)
    assert extension is not None
    [node] = extension.type.children(extension, "extension")
    assert asked("%extension.value", extension=node) == [3]
    assert asked("%extension.value") == []
