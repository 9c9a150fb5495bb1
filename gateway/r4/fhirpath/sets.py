"""Two collections: which items are in both, in either, in one alone. http://hl7.org/fhirpath/2018Sep/#combining"""

from __future__ import annotations

from gateway.r4.fhirpath.families import Table, test_with_other, with_other
from gateway.r4.fhirpath.nodes import Collection, Environment, key, keys
from gateway.r4.fhirpath.operators import union


def _combine(environment: Environment, left: Collection, right: Collection) -> Collection:
    environment.spend(len(left) + len(right))
    return [*left, *right]


def _intersect(_environment: Environment, left: Collection, right: Collection) -> Collection:
    shared = keys(right) if left else frozenset()
    return union([item for item in left if key(item) in shared], [])


def _exclude(_environment: Environment, left: Collection, right: Collection) -> Collection:
    """Its order and what it has twice stay as they are."""
    others = keys(right) if left else frozenset()
    return [item for item in left if key(item) not in others]


SETS: Table = {
    "combine": with_other(_combine),
    "union": with_other(lambda _environment, left, right: union(left, right)),
    "intersect": with_other(_intersect),
    "exclude": with_other(_exclude),
    "subsetOf": test_with_other(lambda _environment, left, right: keys(left) <= keys(right)),
    "supersetOf": test_with_other(lambda _environment, left, right: keys(left) >= keys(right)),
}
