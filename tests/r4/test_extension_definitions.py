"""Definitions of extensions: HL7's, the gateway's own, and those that somebody brings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import CANONICAL
from gateway.r4 import check
from gateway.r4.definition_files import definition_file, extensions_pack, own_extensions
from gateway.r4.extension_definitions import ExtensionDefinition, extension_definition, read
from gateway.r4.extension_rows import compact
from gateway.r4.extensions import extension_issues
from gateway.r4.profiles import Profiles
from gateway.r4.resolving import Resolver
from gateway.r4.structure import walk
from tests.r4.samples import patient
from tests.r4.test_extensions import CORE, on
from tests.r4.translated import bundles


def structure(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition", "type": "Extension", "derivation": "constraint",
        "url": "https://ward.example/ext", "differential": {"element": [
            {"path": "Extension", "max": "1"},
            {"path": "Extension.extension", "sliceName": "floor", "min": 1, "max": "2"},
            {"path": "Extension.extension.url", "fixedUri": "floor"},
            {"path": "Extension.extension.value[x]", "type": [{"code": "integer"}]},
            {"path": "Extension.value[x]", "max": "0"},
        ]}, **more}  # fmt: skip


def said_of(resource: dict[str, Any], definition: dict[str, Any]) -> list[str]:
    """The rules broken, with one definition brought by somebody."""
    walked = walk(resource)
    brought = read("https://ward.example/ext", compact(definition))

    def known(url: str) -> ExtensionDefinition | None:
        return brought if url == brought.url else extension_definition(url)

    return [issue.rule for issue in extension_issues(walked, Resolver(walked), known)]


def ward(*floors: object) -> dict[str, Any]:
    parts = [{"url": "floor", "valueInteger": floor} for floor in floors]
    return {"url": "https://ward.example/ext", "extension": parts}


def test_a_definition_that_is_brought_holds_as_hl7s_own() -> None:
    assert said_of(on(ward(1)), structure()) == []
    assert said_of(on(ward(1, 2, 3)), structure()) == ["r4-extension-part-repeated"]
    assert said_of(on(ward()), structure()) == ["r4-extension-part-missing"]
    assert said_of(on({**ward(1), "valueString": "a"}), structure()) == ["r4-extension-value-forbidden"]
    assert said_of(on(ward(1), ward(1)), structure()) == ["r4-extension-repeated"]
    modifier = structure(snapshot={"element": [{"path": "Extension", "isModifier": True}]})
    plain = {"url": "https://ward.example/ext", "valueBoolean": True}
    assert said_of(patient(modifierExtension=[plain]), modifier) == []
    assert said_of(on(plain), modifier) == ["r4-extension-modifier"]


def test_parts_may_be_closed_to_others_or_be_extensions_of_their_own() -> None:
    rows = structure()["differential"]["element"]
    closed = {"path": "Extension.extension", "slicing": {"rules": "closed"}}
    with_other = {**ward(1), "extension": [*ward(1)["extension"], {"url": "https://ward.example/b", "valueCode": "b"}]}
    assert said_of(on(with_other), structure()) == []
    assert said_of(on(with_other), structure(differential={"element": [rows[0], closed, *rows[1:]]})) == [
        "r4-extension-part-forbidden"
    ]
    kind = {"code": "Extension", "profile": [f"{CORE}/data-absent-reason|4.0.1"]}
    absent = {"path": "Extension.extension", "sliceName": "absent", "min": 1, "type": [kind]}
    elsewhere = structure(differential={"element": [absent]})
    part = {"url": f"{CORE}/data-absent-reason", "valueCode": "unknown"}
    assert said_of(on({**ward(), "extension": [part]}), elsewhere) == []
    assert said_of(on(ward()), elsewhere) == ["r4-extension-part-missing"]
    misplaced = {"url": f"{CORE}/patient-birthPlace", "valueAddress": {"text": "a"}}
    birth_place = structure(differential={"element": [{**absent, "type": [{**kind, "profile": [misplaced["url"]]}]}]})
    assert said_of(on({**ward(), "extension": [misplaced]}), birth_place) == ["r4-extension-context"]


def test_the_extensions_of_the_profiles_given_are_known_wherever_they_stand() -> None:
    codes = {"resourceType": "ValueSet", "url": "https://ward.example/floors", "compose": {"include": [
        {"system": "https://ward.example/floor", "concept": [{"code": "upper"}]}]}}  # fmt: skip
    value = {"path": "Extension.value[x]", "type": [{"code": "code"}],
             "binding": {"strength": "required", "valueSet": "https://ward.example/floors|1"}}  # fmt: skip
    bound = structure(differential={"element": [value]}, context=[{"type": "element", "expression": "HumanName"}])
    profiles = Profiles([bound, codes])

    def said(resource: dict[str, Any]) -> list[tuple[str, str]]:
        return [(issue.rule, issue.expression) for issue in check(resource, profiles=profiles)]

    def named(code: str) -> dict[str, Any]:
        return patient(name=[{"text": "a", "extension": [{"url": "https://ward.example/ext", "valueCode": code}]}])

    assert said(named("upper")) == []
    assert said(named("lower")) == [("r4-code", "Patient.name[0].extension[0].value")]
    assert said(on(ward(1)))[0] == ("r4-extension-context", "Patient.extension[0]")
    assert check(named("lower")) == []
    in_bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": named("lower")}],
    }
    assert said(in_bundle) == [("r4-code", "Bundle.entry[0].resource.name[0].extension[0].value")]


def test_a_modifier_that_the_profiles_define_is_known() -> None:
    modifier = structure(differential={"element": [{"path": "Extension", "isModifier": True}]})
    made = patient(modifierExtension=[{"url": "https://ward.example/ext", "valueBoolean": True}])
    assert check(made, profiles=Profiles([modifier])) == []
    assert [issue.rule for issue in check(made)] == ["r4-modifier-extension-unknown"]


def test_r4s_own_definition_stands_whatever_else_is_brought() -> None:
    other = structure(url=f"{CORE}/data-absent-reason", differential={"element": [{"path": "Extension", "max": "0"}]})
    absent = on({"url": f"{CORE}/data-absent-reason", "valueCode": "unknown"})
    assert check(absent, profiles=Profiles([other])) == []


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({"type": "element", "expression": "DomainResource"}, True),
        ({"type": "element", "expression": "Observation.value[x]"}, False),
        ({"type": "element", "expression": "https://ward.example/profile#Patient.name"}, True),
        ({"type": "fhirpath", "expression": "Patient.where(gender = 'male')"}, True),
        ({"type": "fhirpath", "expression": "Patient.where(gender = 'female')"}, False),
        ({"type": "fhirpath", "expression": "this is (no expression"}, True),
        ({"type": "extension", "expression": "https://ward.example/other"}, False),
    ],
)
def test_a_context_is_an_element_a_query_or_an_extension(context: dict[str, str], allowed: bool) -> None:
    said = said_of(on(ward(1)), structure(context=[context]))
    assert said == ([] if allowed else ["r4-extension-context"])


def test_an_extension_may_stand_on_the_extension_that_is_its_context_or_on_what_a_query_finds() -> None:
    only_there = structure(context=[{"type": "extension", "expression": "https://ward.example/other"}])
    other = {"url": "https://ward.example/other", "extension": [ward(1)]}
    assert said_of(on(other), only_there) == []
    assert said_of(on({**other, "url": "https://ward.example/third"}), only_there) == ["r4-extension-context"]
    query = structure(context=[{"type": "fhirpath", "expression": "Patient.birthDate | Patient.name.given"}])
    assert said_of(patient(_birthDate={"extension": [ward(1)]}), query) == []
    assert said_of(patient(_gender={"extension": [ward(1)]}), query) == ["r4-extension-context"]


def test_the_condition_of_a_context_is_asked_of_the_element_and_knows_the_extension() -> None:
    rule = "gender = 'male' and %extension.extension.count() < 2"
    assert said_of(on(ward(1)), structure(contextInvariant=[rule])) == []
    assert said_of(on(ward(1, 2)), structure(contextInvariant=[rule])) == ["r4-extension-context-rule"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_WORDS = ("path", "sliceName", "min", "max", "type", "slicing", "binding", "fixedUri", "isModifier")
_PATHS = ("Extension", "Extension.extension", "Extension.extension.url", "Extension.value[x]", "Extension.url")
_ELEMENT = st.dictionaries(st.sampled_from(_WORDS), _JSON, max_size=5) | st.fixed_dictionaries(
    {"path": st.sampled_from(_PATHS), "type": _JSON, "max": _JSON}, optional={"sliceName": _JSON, "fixedUri": _JSON}
)


@given(st.lists(_ELEMENT | _JSON, max_size=6), _JSON, _JSON)
def test_any_json_may_be_brought_as_a_definition(elements: list[Any], context: Any, rules: Any) -> None:
    brought = structure(snapshot={"element": elements}, context=context, contextInvariant=rules)
    assert isinstance(said_of(on(ward(1)), brought), list)
    assert isinstance(compact({"snapshot": context, "differential": rules}), dict)


def test_a_definition_of_parts_in_parts_without_end_is_read_to_a_bound() -> None:
    rows = [{"path": "Extension" + ".extension" * depth, "sliceName": "a"} for depth in range(1, 3000)]
    assert said_of(on(ward(1)), structure(snapshot={"element": rows})) == ["r4-extension-part-unknown"]


def test_every_definition_can_be_read() -> None:
    for url in (*definition_file("extensions"), *own_extensions()):
        definition = extension_definition(url)
        assert definition is not None
        assert definition.contexts, url


def test_what_hl7_added_since_r4_is_in_hl7s_namespace_and_widens_what_is_known() -> None:
    for url, added in extensions_pack().items():
        assert url.startswith(CORE)
        assert (extension_definition(url) is not None) == bool(added)


def test_the_gateways_own_extensions_are_defined() -> None:
    def urls(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(urls, value))
        if not isinstance(value, dict):
            return set()
        own = {each["url"] for each in value.get("extension", ()) if each["url"].startswith(CANONICAL)}
        return own.union(*map(urls, value.values()))

    emitted = set().union(*map(urls, bundles().values()))
    assert emitted
    assert emitted <= own_extensions().keys()
    assert all(url.startswith(f"{CANONICAL}/StructureDefinition/") for url in own_extensions())
