"""The R4 check: a first look, and where it does not find the resource valid, the walk that says why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway import jsontext
from gateway.errors import PayloadError
from gateway.outcome import Issue
from gateway.r4.built_in import built_in_profiles
from gateway.r4.bundle_rules import bundle_issues
from gateway.r4.canonical_content import canonical_issues
from gateway.r4.codings import coding_issues
from gateway.r4.containment import containment_issues
from gateway.r4.expressions import expression_issues
from gateway.r4.extension_definitions import extension_definition
from gateway.r4.extensions import Known, extension_issues, names_extension
from gateway.r4.fhirpath import Environment, FhirPathError
from gateway.r4.most import MANY, bounded
from gateway.r4.profiles import Profiles, falls_under_a_profile, names_a_profile, profile_issues
from gateway.r4.quick import Links, certainly_valid, settled_entries, surely_met
from gateway.r4.references import reference_issues
from gateway.r4.resolving import Resolver
from gateway.r4.structure import Scope, Settled, Walk, walk
from gateway.r4.vital_signs import vital_sign_issues


def check(
    resource: dict[str, Any],
    *,
    profiles: Profiles | None = None,
    asked: Sequence[str] = (),
    best_practice: bool = False,
) -> list[Issue]:
    """Every departure of ``resource`` from FHIR R4 4.0.1 that this check can see; empty when it is valid.

    A resource of any R4 type, its numbers as ``int`` or ``Decimal`` (a ``float`` is refused: it
    cannot keep its digits). ``Issue.expression`` is the FHIRPath of the element,
    ``Bundle.entry[3].resource.code``; ``Issue.rule`` the invariant's key or one of ``r4-…``.
    An element whose structure is broken may break its invariants too: both are said.

    Every resource met is held to the profiles that its ``meta.profile`` names and to those it falls under by
    what it is (vital signs), ``resource`` itself to those ``asked`` (``url`` or ``url|version``) as well;
    ``profiles`` are those known, None those built in. One that is not known is a warning where a resource
    names it, an error where it is asked. The extensions that ``profiles`` define are held to their definitions
    wherever they stand.

    ``best_practice``: say also what R4 marks as good practice (dom-6, con-3), as warnings.
    https://hl7.org/fhir/R4/best-practices.html
    """
    # of good practice, and of extensions that are brought, the first look knows nothing
    closely = best_practice or (profiles is not None and names_extension(resource, profiles.extension_urls))
    seen = Links()
    certain = not closely and certainly_valid(resource, seen)
    found = [] if certain else _walked(resource, profiles, None if closely else seen, best_practice)
    # what a resource falls under without naming it, the first look judges itself
    if not asked and not names_a_profile(resource) and (certain or not falls_under_a_profile(resource)):
        return bounded(found)
    if any(_ends(issue) for issue in found):
        return bounded(found)
    return bounded([*found, *profile_issues(resource, profiles or built_in_profiles(), asked)])


def _walked(
    resource: dict[str, Any], profiles: Profiles | None, seen: Links | None, best_practice: bool
) -> list[Issue]:
    """The walk of what the first look leaves open (it has ``seen`` some entries); of everything where it has not."""
    settled = settled_entries(resource, seen) if seen is not None else None
    known = profiles.extension if profiles is not None else extension_definition
    return walked_issues(resource, settled, known=known, best_practice=best_practice)


def walked_issues(
    resource: object,
    settled: Settled | None = None,
    *,
    known: Known = extension_definition,
    best_practice: bool = False,
) -> list[Issue]:
    """As :func:`check`, by the walk: structure, invariants, what is contained, references, codings, extensions.

    ``settled``: entries in which there is nothing to find; without it, everything is walked. ``known``: finds the
    definition of an extension by its url.
    """
    return bounded(_issues(resource, settled, known, best_practice))


def _issues(resource: object, settled: Settled | None, known: Known, best_practice: bool) -> Iterator[Issue]:
    found = walk(resource, settled)
    yield from found.issues
    if found.is_cut_short or any(_ends(issue) for issue in found.issues):
        return
    resolver = Resolver(found)
    yield from invariant_issues(found, resolver, best_practice)
    yield from containment_issues(found)
    yield from reference_issues(found, resolver)
    yield from bundle_issues(found)
    yield from coding_issues(found)
    yield from expression_issues(found.expressions)
    for scope in found.scopes:
        yield from vital_sign_issues(scope.node.value, scope.path)
    for scope in found.scopes:
        yield from canonical_issues(scope.node.value, scope.path)
    yield from extension_issues(found, resolver, known)


def _ends(issue: Issue) -> bool:
    """True when nothing more is to be said: of what nests too deep, and where too much is refused."""
    return issue.rule == "r4-too-deep" or (issue.rule == MANY and issue.refuses)


def check_json(
    data: bytes,
    *,
    profiles: Profiles | None = None,
    asked: Sequence[str] = (),
    best_practice: bool = False,
) -> list[Issue]:
    """As :func:`check`, of JSON text; text that is not JSON is an issue, never an exception."""
    try:
        resource = jsontext.loads(data)
    except PayloadError as broken:
        return list(broken.issues)
    return check(resource, profiles=profiles, asked=asked, best_practice=best_practice)


def invariant_issues(found: Walk, resolver: Resolver, best_practice: bool = False) -> Iterator[Issue]:
    """The invariants noted on the walk that do not hold; one that cannot be decided is a warning.

    The first look's conditions speak of a right structure. They look at one resource's own elements, so what is
    broken in another entry is no matter.
    """
    sound = not found.issues
    environments: dict[Scope, Environment] = {}
    for invariant, node, path, scope in found.rules:
        if invariant.is_best_practice and not best_practice:
            continue
        if scope not in found.broken and surely_met(invariant, node):
            continue
        environment = environments.get(scope)
        if environment is None:
            environment = environments[scope] = _environment(scope, resolver)
        environment.context = node
        try:
            answer = invariant.expression.on(environment)
        except FhirPathError:
            if sound:  # otherwise the structure has already been refused
                yield Issue("warning", "not-supported", "r4-rule-undecided", path, {"key": invariant.rule})
            continue
        if invariant.broken_by(answer):
            yield Issue(invariant.severity, "invariant", invariant.rule, path)


def _environment(scope: Scope, resolver: Resolver) -> Environment:
    return Environment(
        resource=scope.node,
        root=scope.root.node,
        context=scope.node,
        resolve=lambda reference: resolver.resolve(reference, scope),
    )
