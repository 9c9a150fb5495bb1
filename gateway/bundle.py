"""Bundle: entries, the references inside it, and the exact bytes it travels as.

Inside a Bundle of ours every entry has a ``urn:uuid:`` fullUrl and references use it
(https://hl7.org/fhir/R4/bundle.html#references). A resource's logical id is that uuid, so
the copy served over REST as ``Patient/{uuid}`` is the same resource with its references
rewritten, nothing else.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gateway.jsontext import dumps

Resource = dict[str, Any]

# The project's own canonical URLs stand under this one constant until it has a home.
CANONICAL = "https://lienthong.example/fhir"

# The tag of a word after which a visit goes on that had ended or was cancelled.
REOPENS = {"system": f"{CANONICAL}/CodeSystem/visit-life", "code": "reopens"}

# Identifier systems fixed on the exchange (INTERFACE.md); other guides' URIs are aliases on input.
SID = "http://fhir.hl7.org.vn/core/sid"
CCCD = f"{SID}/cccd"  # citizen id, 12 digits
BHXH = f"{SID}/bhxh"  # insurance number, 10 digits
BHYT = f"{SID}/bhyt"  # insurance card, 15 characters
MA_CSKCB = f"{SID}/ma-cskcb"  # facility code
MA_LK = f"{SID}/ma-lk"  # episode, value "MA_CSKCB.MA_LK"


def mrn_system(facility: str) -> str:
    """The system of a facility's own record numbers."""
    return f"urn:vn:cskcb:{facility}:mrn"


_IDS = uuid.UUID("6f1e9a64-6a1b-5c0e-9d0a-3d6c2b9f7e11")  # namespace of the ids below; never changes
_IDS_BYTES = _IDS.bytes  # each time they are asked for they are made anew


def deterministic_id(facility: str, resource_type: str, *key: str) -> str:
    """The logical id of what a facility calls by ``key``: the same key gives the same id, for ever.

    Parts are joined with a separator that cannot stand in a field, so ``("a", "bc")`` and
    ``("ab", "c")`` differ. UUID version 5 (RFC 4122 section 4.3), 36 characters.
    """
    return _uuid5(_IDS_BYTES + "\x1f".join((facility, resource_type, *key)).encode())


def ids_below(facility: str, resource_type: str, *key: str) -> Callable[..., str]:
    """``deterministic_id`` for many whose keys begin alike: it takes what each key ends with."""
    begin = _IDS_BYTES + "\x1f".join((facility, resource_type, *key)).encode()
    return lambda *rest: _uuid5(begin + "\x1f".join(("", *rest)).encode())


def uuid5(namespace: uuid.UUID, name: str) -> str:
    """The text of ``uuid.uuid5``, without making the object: every resource of every record needs one."""
    return _uuid5(namespace.bytes + name.encode())


def _uuid5(told: bytes) -> str:
    made = hashlib.sha1(told, usedforsecurity=False).hexdigest()
    return f"{made[:8]}-{made[8:12]}-5{made[13:16]}-{_VARIANT[made[16]]}{made[17:20]}-{made[20:32]}"


# RFC 4122: the 13th digit is the version, 5 (section 4.1.3); the 17th begins with the bits 10, the variant (4.1.1).
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def urn(identifier: str) -> str:
    return f"urn:uuid:{identifier}"


def entry(resource: Resource) -> dict[str, Any]:
    """A Bundle entry whose fullUrl is the resource's id as a urn:uuid."""
    return {"fullUrl": urn(resource["id"]), "resource": resource}


def collection(resources: Iterable[Resource]) -> Resource:
    """A ``collection`` Bundle, without anything made at run time: same resources, same Bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [entry(resource) for resource in resources]}


def resources(bundle: Resource, resource_type: str | None = None) -> Iterator[Resource]:
    """The resources of a Bundle, in order; only those of one type when it is named."""
    for item in bundle.get("entry", ()):
        resource = item.get("resource")
        if resource is not None and resource_type in (None, resource["resourceType"]):
            yield resource


def references(value: Any) -> Iterator[str]:
    """Every ``reference`` string anywhere in a resource, in document order."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "reference" and isinstance(item, str):
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def rewrite_references(value: Any, rewrite: Callable[[str], str]) -> Any:
    """``value`` with every ``reference`` string passed through ``rewrite``. It is left as it was; parts that
    did not change are shared, so neither is to be changed in place."""
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return value
    made: Any = value
    for key, item in items:
        if isinstance(item, str):  # most are, and few are references: asked first
            if key != "reference":
                continue
            changed = rewrite(item)
        else:
            changed = rewrite_references(item, rewrite)
        if changed is not item:
            if made is value:
                made = value.copy()
            made[key] = changed
    return made


def served(bundle: Resource) -> list[Resource]:
    """The Bundle's resources as REST serves them: ``urn:uuid:x`` references become ``Type/x``."""
    types = {item["fullUrl"]: item["resource"]["resourceType"] for item in bundle.get("entry", ()) if "fullUrl" in item}

    def rewrite(reference: str) -> str:
        if reference in types:
            return f"{types[reference]}/{reference.removeprefix('urn:uuid:')}"
        return reference

    return [rewrite_references(resource, rewrite) for resource in resources(bundle)]


def body(bundle: Resource) -> bytes:
    """The exact bytes a Bundle is stored and sent as."""
    return dumps(bundle)
