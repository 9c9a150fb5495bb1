"""What a reference in a profiled element may point to."""

from __future__ import annotations

from gateway.r4.fhirpath import Node
from gateway.r4.literals import type_of
from gateway.r4.profiles.element import CORE, Element
from gateway.r4.profiles.known import Profiles
from gateway.r4.profiles.profile import is_of_r4
from gateway.r4.schema import is_resource_type


def target_profiles(element: Element) -> tuple[str, ...]:
    """The profiles or types of which a reference's target has one; empty when nothing is asked."""
    return tuple(url for kind in element.kinds if kind.code == "Reference" for url in kind.targets)


def named_type(node: Node, target: Node | None) -> str | None:
    """The type of a reference's target: of the target where it is known, else as the reference says it."""
    if target is not None:
        return target.type.name
    literal, said = (node.value.get(key) if isinstance(node.value, dict) else None for key in ("reference", "type"))
    named = type_of(literal) if isinstance(literal, str) else None
    return named or (str(said) if is_resource_type(said) else None)


def of_type(urls: tuple[str, ...], name: str, profiles: Profiles) -> tuple[str, ...]:
    """Those of ``urls`` that a resource of the type ``name`` could conform to, the unknown ones included."""
    return tuple(url for url in urls if _type(url, profiles) in (name, "Resource", "DomainResource", None))


def _type(url: str, profiles: Profiles) -> str | None:
    profile = profiles.profile(url)
    if profile is not None:
        return profile.type
    return url.partition("|")[0].removeprefix(CORE) if is_of_r4(url) else None
