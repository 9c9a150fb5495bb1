"""Target: the endpoint under test as the checks see it: what it says of itself, and what it lets them find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from gateway.conformance.archive import Archive
from gateway.conformance.caller import Caller
from gateway.conformance.client import Answer, Client
from gateway.conformance.credentials import Credentials
from gateway.conformance.line import Line
from gateway.conformance.own_data import OwnData

FHIR_JSON = "application/fhir+json"
_SAMPLE = 20  # resources of a type to ask with
# Asked for first, since these are what is exchanged; then as the statement lists them.
_FIRST = ("Observation", "Patient", "DiagnosticReport", "ServiceRequest", "Encounter")
# What an endpoint serves of its own: never a patient's, and often not searchable as clinical types are.
_DEFINITIONS = frozenset({"CapabilityStatement", "OperationDefinition", "SearchParameter", "StructureDefinition"})


class Target:
    """``client`` asks it; ``credentials`` open it. What was asked once is remembered for the checks that follow.

    ``message``: a signed message (or its evidence file) of a sender that the target believes, b"" for none.
    ``line``: its MLLP listener, ``archive``: its images, ``caller``: a client of its CDS services; None where they are
    not asked of. ``own``: what was made there to ask with.
    """

    def __init__(
        self,
        client: Client,
        credentials: Credentials | None = None,
        message: bytes = b"",
        *,
        line: Line | None = None,
        archive: Archive | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.client = client
        self.message = message
        self.line = line
        self.archive = archive
        self.caller = caller
        self.credentials = credentials or Credentials()
        self.own = OwnData(self._asked, self._may_be_made)
        self._known: dict[str, Answer] = {}
        self._typed: tuple[Answer | None, dict[str, dict[str, Any]]] = (None, {})

    # ---- asking -----------------------------------------------------------------------

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, bare: bool = False, aside: bool = False
    ) -> Answer:
        """GET below the FHIR base, with the token unless ``bare``; ``path`` may be a whole URL of the target's own."""
        sent = {"Accept": FHIR_JSON} | ({} if bare else self.credentials.header(self.client)) | dict(headers or {})
        told = {name: value for name, value in sent.items() if value}
        return self.client.ask("GET", self.address(path), told, aside=aside)

    def post(
        self, path: str, body: bytes, media_type: str, headers: Mapping[str, str] | None = None, *, keeps: bool = False
    ) -> Answer:
        sent = {"Accept": FHIR_JSON, "Content-Type": media_type} | self.credentials.header(self.client)
        return self.client.ask("POST", self.address(path), sent | dict(headers or {}), body, keeps=keeps)

    def search(self, resource_type: str, asked: Sequence[tuple[str, str]], **more: str) -> Answer:
        """``more`` are headers, ``Prefer`` for one."""
        query = f"?{urlencode(asked)}" if asked else ""
        return self.get(f"/{resource_type}{query}", more)

    def address(self, path: str) -> str:
        return path if "://" in path else self.client.base + path

    def once(self, path: str, *, bare: bool = False) -> Answer:
        """As ``get``, asked only the first time."""
        if path not in self._known:
            self._known[path] = self.get(path, bare=bare, aside=True)
        self.client.note(self._known[path])
        return self._known[path]

    @property
    def root(self) -> str:
        """The server's own address, one step above its FHIR base, where that ends in ``/fhir``."""
        parts = urlsplit(self.client.base)
        return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/fhir')}"

    # ---- what it says of itself -------------------------------------------------------

    def statement(self) -> Answer:
        return self.once("/metadata", bare=True)

    def types(self) -> dict[str, dict[str, Any]]:
        """What the statement says of each type a server offers; {} where it says nothing that can be read."""
        statement = self.statement()
        if self._typed[0] is not statement:  # once: a statement may name any number of types, and is asked of each
            listed = [
                one
                for rest in _listed(statement.resource.get("rest"))
                if rest.get("mode") == "server"
                for one in _listed(rest.get("resource"))
            ]
            self._typed = statement, {str(one.get("type")): one for one in listed}
        return self._typed[1]

    def claims_security(self, code: str) -> bool:
        """It says that its service is secured in this way. https://hl7.org/fhir/R4/valueset-restful-security-service.html"""
        for rest in _listed(self.statement().resource.get("rest")):
            security = rest.get("security")
            services = _listed(security.get("service")) if isinstance(security, dict) else []
            if any(code in codes(one.get("coding")) for one in services):
                return True
        return False

    def claims(self, resource_type: str, interaction: str) -> bool:
        return interaction in codes(self.types().get(resource_type, {}).get("interaction"))

    def parameters(self, resource_type: str) -> dict[str, str]:
        """Name → kind of each search parameter it declares for a type."""
        listed = _listed(self.types().get(resource_type, {}).get("searchParam"))
        return {str(one.get("name")): str(one.get("type")) for one in listed}

    # ---- what it holds ----------------------------------------------------------------

    def searchable(self) -> list[str]:
        """The types it says it searches, those of an exchange first."""
        found = [name for name in self.types() if self.claims(name, "search-type") and name not in _DEFINITIONS]
        return sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))

    def held(self, resource_type: str) -> list[dict[str, Any]]:
        """Some of what a search of the type finds, and what was made there to ask with; [] where it has nothing."""
        own = self.own.of(resource_type)
        answer = self.once(f"/{resource_type}?{urlencode([('_count', str(_SAMPLE))])}")
        found = matches(answer) if answer.status == 200 else []
        there = {one.get("id") for one in found}
        return [*found, *(one for one in own if one.get("id") not in there)]

    def samples(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Type by type the first resource found; not what is of the endpoint's own making (ConceptMap)."""
        for resource_type in self.searchable():
            held = self.held(resource_type)
            if held:
                yield resource_type, held[0]

    def one(self, *interactions: str) -> dict[str, Any]:
        """A resource of a type for which all these interactions are claimed; {} where there is none."""
        for resource_type in self.searchable():
            if all(self.claims(resource_type, code) for code in interactions) and self.held(resource_type):
                return (self.own.of(resource_type) or self.held(resource_type))[0]
        return {}

    def _may_be_made(self, resource_type: str, interaction: str) -> bool:
        return not self.client.read_only and self.claims(resource_type, interaction)

    def _asked(self, method: str, path: str, body: bytes) -> Answer:
        """What is made, read again and deleted beside the checks: no check rests on it."""
        sent = {"Accept": FHIR_JSON} | self.credentials.header(self.client)
        told = sent | ({"Content-Type": FHIR_JSON} if body else {})
        return self.client.ask(method, self.address(path), told, body or None, keeps=method != "GET", aside=True)


def place(resource: Mapping[str, Any]) -> str:
    """``/Observation/1``, as it stands in an address."""
    return f"/{resource.get('resourceType')}/{quote(str(resource.get('id')), safe='')}"


def entries(answer: Answer) -> list[dict[str, Any]]:
    return _listed(answer.resource.get("entry"))


def matches(answer: Answer) -> list[dict[str, Any]]:
    """The resources a searchset found, without what it includes or remarks."""
    return [
        entry["resource"]
        for entry in entries(answer)
        if isinstance(entry.get("resource"), dict)
        and (entry.get("search") or {}).get("mode", "match") == "match"
        and entry["resource"].get("resourceType") != "OperationOutcome"
    ]


def links(answer: Answer) -> dict[str, str]:
    """Relation → address of a Bundle."""
    return {str(one.get("relation")): str(one.get("url")) for one in _listed(answer.resource.get("link"))}


def codes(listed: object) -> set[str]:
    return {str(one.get("code")) for one in _listed(listed)}


def _listed(value: object) -> list[dict[str, Any]]:
    """The objects of a list; a statement that lies about its own form is no reason to fall over."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
