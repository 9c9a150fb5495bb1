"""Each rule of R4 says where the specification states it, and shows it with the issue."""

from __future__ import annotations

import tomllib

import pytest

from gateway.messages import address, catalogue
from gateway.outcome import AUTHORITY, Issue, operation_outcome
from gateway.r4 import check
from gateway.r4.definition_files import definition_file
from tests.blueprint import ROOT

R4 = "https://hl7.org/fhir/R4/"
SPECIFICATIONS = (R4, "https://hl7.org/fhirpath/", "https://ucum.org/", "https://www.rfc-editor.org/rfc/")
# Rules of the check that are the gateway's own: how deep it looks, and what it leaves open.
OWN = {"r4-too-deep", "r4-too-many-issues", "r4-text-too-long", "r4-rule-undecided"}
# Datatypes that HL7 describes elsewhere than on datatypes.html.
PAGES = {
    "ElementDefinition": "elementdefinition.html",
    "Reference": "references.html",
    "Extension": "extensibility.html",
    "Narrative": "narrative.html",
    "Expression": "metadatatypes.html",
    "TriggerDefinition": "metadatatypes.html",
    "DataRequirement": "metadatatypes.html",
}
# Rules that many types state: the one that they have them from.
INHERITED = {"ele-1": "Element", "qty-3": "Quantity", "sqty-1": "Quantity"}
INHERITED |= {f"dom-{number}": "DomainResource" for number in range(2, 7)}


def _keys(name: str) -> set[str]:
    return set(tomllib.loads((ROOT / "gateway/messages" / name).read_text(encoding="utf-8")))


def _owners(rule: str) -> set[str]:
    if rule in INHERITED:
        return {INHERITED[rule]}
    types = definition_file("types")
    return {name for name in types for row in types[name]["elements"] if rule in row[4].get("c", ())}


def _page(owner: str) -> str:
    if owner == "Element":
        return f"{R4}element.html"
    if definition_file("types")[owner]["kind"] == "resource":
        return f"{R4}{owner.lower()}.html#invs"
    return f"{R4}{PAGES.get(owner, 'datatypes.html')}#{owner}"


def test_every_rule_of_r4_has_the_address_of_its_words() -> None:
    silent = {key for key in catalogue() if key.startswith("r4-") and not address(key)}
    assert silent == OWN, "give each of these a `see` in gateway/messages: where R4 states it"


def test_an_address_leads_into_a_published_specification() -> None:
    addresses = {key: found for key in catalogue() if (found := address(key))}
    assert {key: found for key, found in addresses.items() if not found.startswith(SPECIFICATIONS)} == {}


def test_a_rule_of_the_gateways_own_has_no_address() -> None:
    allowed = _keys("r4_invariants.toml") | _keys("json.toml") | _keys("fhir.toml")  # what refuses R4 by R4's own word
    assert [key for key in catalogue() if address(key) and not key.startswith("r4-") and key not in allowed] == []


@pytest.mark.parametrize("rule", sorted(definition_file("invariants")))
def test_an_invariants_address_is_the_page_of_the_type_that_states_it(rule: str) -> None:
    [owner] = _owners(rule)
    assert address(rule) == _page(owner)


def test_an_issue_as_fhir_carries_the_address_as_its_authority() -> None:
    made = Issue("error", "invariant", "obs-6", "Observation").as_fhir()
    assert made["extension"] == [{"url": AUTHORITY, "valueUri": f"{R4}observation.html#invs"}]


def test_an_outcome_with_addresses_is_itself_r4() -> None:
    assert check(operation_outcome(check({"resourceType": "Patient", "gender": "x", "name": {}}))) == []


def test_an_issue_of_the_gateways_own_rule_carries_none() -> None:
    assert "extension" not in Issue("error", "structure", "r4-too-deep", "Patient", {"limit": 1}).as_fhir()
