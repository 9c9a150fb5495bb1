"""Which profiles each resource is held to: those it names or falls under, and for the root those that were asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gateway.jsontext import MAX_DEPTH
from gateway.outcome import Issue
from gateway.r4.profiles.conformance import Conformance
from gateway.r4.profiles.element import CORE
from gateway.r4.profiles.findings import Findings
from gateway.r4.profiles.known import Profiles
from gateway.r4.profiles.places import Place
from gateway.r4.profiles.profile import is_of_r4
from gateway.r4.resolving import Resolver
from gateway.r4.schema import resource_node
from gateway.r4.structure import Scope, Walk
from gateway.r4.vital_signs import implied_profiles

_IN_A_RESOURCE = ("contained", "entry", "parameter")
_IN_AN_ELEMENT = ("resource", "response", "outcome", "part")


def names_a_profile(resource: object) -> bool:
    """False only when neither the resource nor one that stands in it names a profile: all else needs no second look."""
    waiting = [resource]
    for here in waiting:  # it grows
        if isinstance(here, dict):
            meta = here.get("meta")
            if isinstance(meta, dict) and meta.get("profile"):
                return True
            for key in _IN_A_RESOURCE if "resourceType" in here else _IN_AN_ELEMENT:
                if key in here:
                    waiting.append(here[key])
        elif isinstance(here, list):
            waiting.extend(here)
    return False


def falls_under_a_profile(resource: object) -> bool:
    """True when the resource, or one that stands in it, is held to a profile that it need not name."""
    return any(implied_profiles(each) for each, _, _ in _resources(resource))


def profile_issues(resource: object, profiles: Profiles, asked: Sequence[str]) -> list[Issue]:
    """What the resources met in ``resource`` break of the profiles they name, and the root of those ``asked``.

    https://hl7.org/fhir/R4/resource.html#Meta: a claim to a profile is held to it; of one that is not known
    nothing can be said but that.
    """
    scopes = list(_scopes(resource))
    if not scopes:
        return []
    found = Findings()
    conformance = Conformance(profiles, scopes, Resolver(Walk(scopes=scopes)))
    for url in asked:
        _hold(scopes[0], url, scopes[0].path, conformance, profiles, found, is_asked=True)
    for scope in scopes:
        named = set[str]()
        for at, url in enumerate(_named(scope.node.value)):
            if isinstance(url, str) and url not in named:  # what it names twice it breaks no more than once
                named.add(url)
                path = f"{scope.path}.meta.profile[{at}]"
                _hold(scope, url, path, conformance, profiles, found, is_asked=False)
        for url in implied_profiles(scope.node.value):
            _hold_unnamed(scope, url, conformance, profiles, found)
    return found.issues


def _hold_unnamed(scope: Scope, url: str, conformance: Conformance, profiles: Profiles, found: Findings) -> None:
    """A profile of R4's that the resource falls under by what it is.

    Vital signs bind the values of components to a few units. What is sent along with them, such as the flow of
    oxygen in L/min, has others: whoever does not name the profile is told so, and not refused.
    """
    profile = profiles.profile(url)
    if profile is None:
        return
    said = Findings()
    conformance.hold(Place(scope.node, scope.path, scope), profile, said)
    for issue in said.issues:
        of_component = issue.rule == "r4-profile-code" and issue.expression.startswith(f"{scope.path}.component[")
        found.add(replace(issue, severity="warning") if of_component else issue)


def _hold(
    scope: Scope,
    url: str,
    path: str,
    conformance: Conformance,
    profiles: Profiles,
    found: Findings,
    *,
    is_asked: bool,
) -> None:
    profile = profiles.profile(url)
    if profile is not None:
        for fault in profile.faults:
            found.add(Issue(fault.severity, fault.code, fault.rule, path, fault.parameters))
        conformance.hold(Place(scope.node, scope.path, scope), profile, found)
    elif is_of_r4(url):
        name = url.removeprefix(CORE).partition("|")[0]
        if name not in scope.node.type.ancestors:
            found.add(Issue("error", "structure", "r4-profile-of-type", path, {"profile": CORE + name, "name": name}))
    elif is_asked:
        found.add(Issue("error", "not-found", "r4-profile-asked-unknown", path, {"profile": url}))
    else:  # the URL is the sender's: its place is named, not what stands there
        found.add(Issue("warning", "not-found", "r4-profile-unknown", path))


def _named(resource: dict[str, Any]) -> list[Any]:
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, dict) else None
    return named if isinstance(named, list) else []


def _scopes(root: object) -> Iterator[Scope]:
    made: dict[int, Scope] = {}
    for resource, path, above in _resources(root):
        node = resource_node(resource)
        if node is not None:
            parent = made.get(id(above)) if above is not None else None
            is_contained = ".contained[" in path[len(parent.path) :] if parent else False
            made[id(resource)] = scope = Scope(node, path, parent, is_contained)
            yield scope


def _resources(root: object) -> Iterator[tuple[dict[str, Any], str, dict[str, Any] | None]]:
    """Every resource met, with its path and the one it stands in, from the outermost."""
    if not isinstance(root, dict):
        return
    waiting: list[tuple[dict[str, Any], str, dict[str, Any] | None, int]]
    waiting = [(root, str(root.get("resourceType")), None, 0)]
    while waiting:
        resource, path, above, depth = waiting.pop()
        yield resource, path, above
        if depth < MAX_DEPTH:
            inside = list(_inside(resource, path))
            waiting.extend((each, where, resource, depth + 1) for each, where in reversed(inside))


def _inside(holder: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    for key in ("contained", "entry", "parameter", "part"):
        items = holder.get(key)
        for at, item in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(item, dict):
                continue
            where = f"{path}.{key}[{at}]"
            if key == "contained":
                yield item, where
                continue
            if isinstance(item.get("resource"), dict):
                yield item["resource"], f"{where}.resource"
            if key == "entry":
                response = item.get("response")
                outcome = response.get("outcome") if isinstance(response, dict) else None
                if isinstance(outcome, dict):
                    yield outcome, f"{where}.response.outcome"
            elif "part" in item:
                yield from _inside({"part": item["part"]}, where)
