"""Found: a result or study as the judge sees it, as it is kept and as it is served; and what stands around several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.bundle import Resource
from gateway.jsontext import loads_stored
from gateway.prior.people import People
from gateway.prior.signatures import Today
from gateway.reuse.reading import Beside, corrected
from gateway.reuse.result import PriorResult, PriorStudy, SignatureWord
from gateway.store import Connection, facilities, prior
from gateway.store.prior import Kept
from gateway.store.resources import Version

# From the best to the worst: of a study and its report the worse word counts.
REMEMBERED = 4096  # resources as they were read, some 5 kB each
_WORDS: tuple[SignatureWord, ...] = ("valid", "unverifiable", "absent", "invalid")


@dataclass(frozen=True, slots=True)
class Found:
    """``with_it``: what it is worth nothing without, and came in an exchange of its own: a study's report.
    ``specimen``: of a result, where it is here.
    """

    prior: PriorResult | PriorStudy
    kept: Kept
    resource: Resource
    with_it: tuple[tuple[Kept, Resource], ...] = ()
    specimen: Resource | None = None

    def served(self) -> Resource:
        """With its version and ``meta.source``, as a read serves it."""
        kept = self.kept
        version = Version(kept.rid, kept.type, kept.id, kept.vid, kept.updated, False, kept.exchange, kept.body)
        served: Resource = loads_stored(version.content())
        return served

    def proved(self, connection: Connection, today: Today) -> Found:
        """With the word that its whole signed Bundle comes to."""
        own = (self.resource,) if self.specimen is None else (self.resource, self.specimen)
        words = [today.of_bundle(connection, kept, resource) for kept, resource in self.with_it]
        word = worse(today.of_bundle(connection, self.kept, *own), *words)
        return replace(self, prior=replace(self.prior, signature=word))


@lru_cache(maxsize=REMEMBERED)
def parsed(body: bytes) -> Resource:
    """A stored resource, read once; nobody changes it."""
    made: Resource = loads_stored(body)
    return made


def worse(*words: SignatureWord) -> SignatureWord:
    return max(words, key=_WORDS.index)


@dataclass(frozen=True, slots=True)
class Around:
    """Whose results they are, and which keys are believed today."""

    people: People
    today: Today

    def beside(
        self, connection: Connection, kept: Sequence[Kept], resources: Mapping[int, Resource]
    ) -> dict[int, Beside]:
        """What the gateway knows beside each, by row."""
        former = prior.former(connection, kept)
        registered = (facilities.get_facility(connection, code) for code in {one.sender for one in kept})
        names = {one.code: one.name for one in registered if one is not None}
        words = {one.exchange: self.today.of_key(one) for one in kept}
        return {
            one.rid: Beside(
                version=one.vid,
                identity=self.people.identity.get(one.subject, "conflicting"),
                signature=words[one.exchange],
                facility=one.sender,
                exchange=one.exchange,
                facility_name=names.get(one.sender, ""),
                amended=one.rid in former
                and corrected(resources[one.rid], [loads_stored(body) for body in former[one.rid]]),
            )
            for one in kept
        }

    def named(
        self, connection: Connection, kept: Sequence[Kept], resources: Mapping[int, Resource]
    ) -> dict[str, bytes]:
        """Bodies of specimens, and of the Organizations among the performers, by reference."""
        wanted = set()
        for one in kept:
            specimen = resources[one.rid].get("specimen", {})
            reference = specimen.get("reference", "") if isinstance(specimen, dict) else ""
            wanted |= {(one.person, reference)} if reference.startswith("Specimen/") else set()
            wanted |= {(0, name) for name in performers(resources[one.rid])}
        return prior.named(connection, wanted)


def performers(resource: Resource) -> list[str]:
    """The Organizations among them, by reference."""
    names = (one.get("reference", "") for one in resource.get("performer", ()))
    return [name for name in names if name.startswith("Organization/")]
