"""CAP: what the endpoint says of itself is there, valid and true.

https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from gateway.conformance import expecting
from gateway.conformance.target import Target
from gateway.conformance.verdict import Findings, fault, skip
from gateway.r4 import search_parameters

R4 = "4.0.1"
_MANY = 40  # types: enough to see whether a statement is true
# Clinical types of R4, one of which any server leaves out.
_RARE = ("MolecularSequence", "SubstanceSpecification", "VerificationResult", "BiologicallyDerivedProduct", "Linkage")


def it_is_given_to_anybody_and_valid(target: Target) -> Findings:
    answer = target.statement()
    yield from expecting.status(answer, 200)
    yield from expecting.resource(answer, "CapabilityStatement")


def it_speaks_of_r4_and_of_a_server(target: Target) -> Findings:
    said = target.statement().resource
    if said.get("fhirVersion") != R4:
        yield fault("conformance-fhir-version", found=expecting.named(said.get("fhirVersion")), expected=R4)
    if said.get("kind") != "instance":
        yield fault("conformance-not-an-instance", found=expecting.named(said.get("kind")))
    if not target.types():
        yield fault("conformance-no-server-part")


def each_type_it_searches_is_searched(target: Target) -> Findings:
    searchable = target.searchable()
    if not searchable:
        yield skip("conformance-not-claimed", what="search-type")
    for resource_type in searchable[:_MANY]:
        target.held(resource_type)
        answer = target.once(f"/{resource_type}?_count=20")
        yield from expecting.status(answer, 200)


def a_type_it_does_not_name_is_refused(target: Target) -> Findings:
    unnamed = next((name for name in _RARE if name not in target.types()), None)
    if unnamed is None:
        yield skip("conformance-every-type-claimed")
        return
    yield from expecting.status(target.get(f"/{unnamed}"), 404, 403)


def it_names_the_address_it_is_asked_at(target: Target) -> Findings:
    told = target.statement().resource.get("implementation")
    url = told.get("url") if isinstance(told, dict) else None
    if not isinstance(url, str):
        yield skip("conformance-not-claimed", what="implementation.url")
    elif url.rstrip("/") != target.client.base:
        yield fault("conformance-other-address", found=expecting.named(url.split("?")[0].replace("://", "//")))


def its_search_parameters_are_those_of_r4(target: Target) -> Findings:
    if not any(target.parameters(resource_type) for resource_type in target.types()):
        yield skip("conformance-not-claimed", what="searchParam")
    for resource_type in target.types():
        defined = search_parameters(resource_type)
        for name, kind in target.parameters(resource_type).items():
            if name in defined and defined[name].type != kind:
                yield fault(
                    "conformance-parameter-kind", parameter=f"{resource_type}.{name}",
                    found=expecting.named(kind), expected=defined[name].type,
                )  # fmt: skip
