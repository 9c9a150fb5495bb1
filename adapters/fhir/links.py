"""References and attachments' addresses: to the record's own resources by URN, elsewhere only as far as is known.

A reference is followed as R4 has it (https://hl7.org/fhir/R4/bundle.html#references), and beyond it in two cases that
leave one meaning: a relative one between entries that are named by URNs, where one of them has that type and id; a
conditional one of a transaction, where one resource of the record has that identifier. What does not come with the
record is named as the sender's server would: by its address, or as an identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.fhir.identity import URI, identifier_query, identifiers, local_system
from adapters.fhir.kinds import kinds
from adapters.fhir.sent import Entry
from gateway.bundle import urn
from gateway.mapping.ledger import Ledger
from gateway.mapping.naming import fixed_system
from gateway.r4.literals import is_absolute, is_conditional, literal, versioned

_ATTACHED = frozenset({"attachment", "presentedForm", "photo", "content", "valueAttachment", "contentAttachment"})
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


class Links:
    """The resources of one record by what may refer to them. ``ids``: ``Entry.at`` → the id here."""

    def __init__(self, entries: Iterable[Entry], ids: Mapping[str, str]) -> None:
        self._ids = ids
        self._by_url: dict[str, list[Entry]] = {}
        self._by_name: dict[str, list[Entry]] = {}
        self._by_number: dict[tuple[str, str, Any], list[Entry]] = {}
        for entry in entries:
            if entry.at not in ids:
                continue
            if entry.full_url:
                self._by_url.setdefault(entry.full_url, []).append(entry)
            self._by_name.setdefault(f"{entry.kind}/{entry.resource.get('id', '')}", []).append(entry)
            for number in dict.fromkeys(identifiers(entry.resource)):  # one it has twice is still one
                self._by_number.setdefault((entry.kind, *number), []).append(entry)

    def target(self, text: str, entry: Entry) -> Entry | None:
        """The one resource of the record that a reference of ``entry`` points to; None when it is elsewhere."""
        url, version = versioned(text)
        if "#" in text:
            return None
        if is_conditional(text):
            kind, _, query = text.partition("?")
            number = identifier_query(query)
            found = self._by_number.get((kind, *number), []) if number else []
        elif is_absolute(url):
            found = self._by_url.get(url, [])
        elif base := self.server(entry):
            found = self._by_url.get(f"{base}{url}", [])
        else:
            found = self._by_name.get(url, [])
        if len(found) != 1 or (version and found[0].resource.get("meta", {}).get("versionId") not in (None, version)):
            return None
        return found[0]

    @staticmethod
    def server(entry: Entry) -> str:
        """The address of the server an entry comes from, with a slash; "" when it does not say."""
        of_url = literal(entry.full_url)
        return of_url.base if of_url is not None else ""

    def urn(self, entry: Entry) -> str:
        return urn(self._ids[entry.at])


class Rewriting:
    """One resource, with its references and identifier systems as the exchange has them. Unchanged parts are shared."""

    def __init__(self, entry: Entry, links: Links, facility: str, ledger: Ledger) -> None:
        self._entry = entry
        self._links = links
        self._facility = facility
        self._ledger = ledger

    def resource(self) -> dict[str, Any]:
        made: dict[str, Any] = self._rewritten(self._entry.resource, self._entry.at, self._entry.kind, "")
        return made

    def _rewritten(self, value: Any, at: str, element: str, key: str) -> Any:
        if isinstance(value, list):
            made = [self._rewritten(item, f"{at}[{index}]", element, key) for index, item in enumerate(value)]
            return made if any(new is not old for new, old in zip(made, value, strict=True)) else value
        if not isinstance(value, dict):
            return value
        changed = {}
        for name, item in value.items():
            if isinstance(item, dict | list):
                new = self._rewritten(item, f"{at}.{name}", f"{element}.{name}", name)
                if new is not item:
                    changed[name] = new
        made_of = {**value, **changed} if changed else value
        if isinstance(value.get("reference"), str) and not value["reference"].startswith("#"):
            return self._reference(made_of, at, element)
        if key in _ATTACHED and isinstance(value.get("url"), str):
            return self._attachment(made_of, at)
        if key == "identifier" and fixed_system(str(value.get("system", ""))) != value.get("system", ""):
            return {**made_of, "system": fixed_system(value["system"])}
        return made_of

    def _reference(self, value: dict[str, Any], at: str, element: str) -> dict[str, Any]:
        text = value["reference"]
        target = self._links.target(text, self._entry)
        if target is not None:
            return {**value, "reference": self._links.urn(target)}
        if element in kinds().content:
            self._ledger.hold("not-found", "fhir-content-elsewhere", f"{at}.reference")
        else:
            self._ledger.remark("warning", "not-found", "fhir-reference-elsewhere", f"{at}.reference")
        url, _ = versioned(text)
        if literal(url) is not None and not is_absolute(url) and (base := self._links.server(self._entry)):
            return {**value, "reference": f"{base}{text}"}
        if text.startswith(("http://", "https://")):
            return value
        return self._as_identifier(value, text, at)

    def _as_identifier(self, value: dict[str, Any], text: str, at: str) -> dict[str, Any]:
        """Who or what it is by a number, since no address leads there: https://hl7.org/fhir/R4/references.html#logical"""
        made = {key: item for key, item in value.items() if key not in ("reference", "_reference")}
        named = literal(text)
        asked = identifier_query(text.partition("?")[2]) if is_conditional(text) else None
        if "identifier" in value or (is_conditional(text) and asked is None):
            self._ledger.leave(f"{at}.reference", "leads to what did not come with the record")
        elif named is not None:
            number = {"system": local_system(self._facility), "value": f"{named.type}/{named.id}"}
            return {"type": named.type, **made, "identifier": number}
        elif asked is not None:
            return {"type": text.partition("?")[0], **made, "identifier": {"system": asked[0], "value": asked[1]}}
        else:
            made["identifier"] = {"system": URI, "value": text}
        return made or {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}

    def _attachment(self, value: dict[str, Any], at: str) -> dict[str, Any]:
        text = value["url"]
        target = self._links.target(text, self._entry)
        if target is not None:
            return {**value, "url": self._links.urn(target)}
        if is_absolute(text) and not text.startswith("urn:"):
            return value
        if literal(text) is not None and (base := self._links.server(self._entry)):
            return {**value, "url": f"{base}{text}"}
        self._ledger.hold("not-found", "fhir-content-elsewhere", f"{at}.url")
        return value
