"""What is known of one person, for somebody who reads it on a page: each test, examination and report.

There is no order here: each test counts as ordered again as its newest result was done, of the same specimen, by the
same method, in the same unit, so that what no order says raises no doubt. Each call is one line or more of the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.access import Grant, Requester, authorise
from gateway.bundle import Resource
from gateway.errors import NotFound
from gateway.jsontext import loads_stored
from gateway.keyring import Keyring
from gateway.prior.answering import Answered, Priors
from gateway.prior.found import Around, Found, parsed, performers
from gateway.prior.people import People, key_of, people
from gateway.prior.question import About, Question
from gateway.prior.report_words import of_imaging, report_words
from gateway.prior.signatures import Signatures, Today
from gateway.reuse.order import OrderedTest, Setting
from gateway.reuse.reading import Beside, prior_report, prior_result
from gateway.reuse.result import Code
from gateway.reuse.rules import RuleSet
from gateway.reuse.verdict import ReuseVerdict
from gateway.store import Connection, Store, audit, prior
from gateway.store.every_result import every_result, uncoded
from gateway.store.prior import Kept

MOST_TESTS = 200  # of one person, those with the newest results
MOST_REPORTS = 40  # the newest
_LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person whom a number may mean. ``about``: how to ask for exactly them."""

    about: About
    patients: tuple[Resource, ...]
    facilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownTest:
    """``key``: the id of the group of tests, or ``SYSTEM|CODE`` of a test of no group. ``count``: of its results."""

    key: str
    order: OrderedTest
    count: int


@dataclass(frozen=True, slots=True)
class Record:
    """``verdicts``: one a test, in their order. ``studies``: verdicts that speak of at least one study or report.

    ``loose``: studies that no verdict speaks of. ``reports``: newest first; ``words``: what they say in parts of their
    own, by reference. ``unshown``: tests and reports left out.
    """

    at: datetime
    patients: tuple[Resource, ...]
    uncertain: bool
    tests: tuple[KnownTest, ...]
    results: Answered
    studies: tuple[ReuseVerdict, ...]
    imaging: Answered
    loose: tuple[Found, ...]
    reports: tuple[Found, ...]
    words: Mapping[str, tuple[str, ...]]
    unshown: int


class Records:
    """``now`` gives aware UTC. Raises Forbidden, NotFound, StoreUnavailable."""

    def __init__(self, store: Store, keyring: Keyring, now: Callable[[], datetime], priors: Priors) -> None:
        self._store = store
        self._now = now
        self._priors = priors
        self._signatures = Signatures(keyring, now)

    def candidates(self, requester: Requester, abouts: Sequence[About]) -> list[Candidate]:
        """Whom the first of the numbers that anybody bears may mean: nobody, one, or several; said in the audit."""
        grant = authorise(requester, "s", "Patient")
        found: list[Candidate] = []
        with self._store.read() as connection:
            for about in abouts:
                with suppress(NotFound):  # a Patient's id that is no more
                    found = _candidates(people(connection, about), about)
                if found:
                    break
        named = sorted(f"Patient/{one['id']}" for each in found for one in each.patients)
        self._note(grant, "console-search", {"about": named, "persons": len(found)})
        return found

    def record(
        self, requester: Requester, about: About, setting: Setting, conditions: frozenset[str] = frozenset()
    ) -> Record:
        """All of it, judged now in that setting."""
        grant = authorise(requester, "s", "DiagnosticReport")
        rules, today = self._priors.rules(), self._signatures.today()
        with self._store.read() as connection:
            who = people(connection, about)
            tests = _tests(connection, who, rules)
            reports, more = _reports(connection, who, Around(who, today), today)
            more += sum(uncoded(connection, who.keys, kind) for kind in _KINDS)
        shown = tests[:MOST_TESTS]
        results = self._priors.results(
            requester, Question(about, tuple(one.order for one in shown), setting, conditions)
        )
        groups = tuple(
            OrderedTest(one.codes, name=one.id) for one in rules.groups if one.kind == "imaging" and one.codes
        )
        imaging = self._proved(self._priors.studies(requester, Question(about, groups, setting, conditions)), today)
        spoken = tuple(one for one in imaging.verdicts if one.considered)
        told = {each.prior.reference for one in spoken for each in one.considered}
        loose = tuple(one for name, one in imaging.found.items() if name not in told)
        spoken_for = [each for one in imaging.found.values() for each in one.with_it]
        alone = [(one.kept, one.resource) for one in (*reports, *imaging.found.values())]
        with self._store.read() as connection:
            words = report_words(
                connection, [*spoken_for, *(one for one in alone if one[0].type == "DiagnosticReport")]
            )
        self._note(
            grant,
            "console-record",
            {
                "about": who.names,
                "reports": sorted(one.prior.reference for one in reports),
                "studies": sorted(one.prior.reference for one in loose),
            },
        )
        return Record(
            at=results.at,
            patients=tuple(loads_stored(row.body) for row in who.patients),
            uncertain="conflicting" in who.identity.values(),
            tests=tuple(shown),
            results=results,
            studies=spoken,
            imaging=imaging,
            loose=loose,
            reports=tuple(reports),
            words=words,
            unshown=len(tests) - len(shown) + more,
        )

    def chosen(
        self,
        requester: Requester,
        about: About,
        tests: Sequence[KnownTest],
        setting: Setting,
        conditions: frozenset[str] = frozenset(),
    ) -> Answered:
        """The verdicts on these tests, with as much of their course as is looked at and every signature checked."""
        orders = tuple(one.order for one in tests)
        answered = self._priors.results(requester, Question(about, orders, setting, conditions))
        return self._proved(answered, self._signatures.today())

    def brought(self, requester: Requester, about: About, exchange: str) -> bool:
        """True where the exchange brought something of this person that may be shown; said in the audit."""
        grant = authorise(requester, "r", "Bundle")
        with self._store.read() as connection:
            who = people(connection, about)
            rows = {(one[3], one[4]) for kind in _KINDS for one in every_result(connection, who.keys, kind)}
            kept = [*prior.kept(connection, rows), *prior.studies(connection, who.keys)]
        found = any(one.exchange == exchange for one in kept)
        if found:
            self._note(grant, "evidence-read", {"exchange": exchange})
        return found

    def _proved(self, answered: Answered, today: Today) -> Answered:
        """Each that is shown with the word its whole signed Bundle comes to; no verdict changes by it."""
        shown = {one.reference for each in answered.verdicts for one in each.course}
        shown |= {each.prior.reference for one in answered.verdicts for each in one.considered}
        panels = frozenset[Code]().union(*(one.order.codes for one in answered.verdicts if one.members))
        shown |= {name for name, one in answered.found.items() if not one.prior.codes.isdisjoint(panels)}
        with self._store.read() as connection:
            found = {
                name: one.proved(connection, today) if name in shown or one.prior.reference.startswith("Im") else one
                for name, one in answered.found.items()
            }
        return replace(answered, found=found)

    def _note(self, grant: Grant, action: str, detail: Mapping[str, object]) -> None:
        """Durable before anything is shown."""
        now = self._now()

        def work(connection: Connection) -> None:
            audit.append(connection, now, grant.actor, action, grant.basis, detail)

        self._store.write(work, soon=True)


_KINDS = ("Observation", "DiagnosticReport")


def _candidates(found: People, about: About) -> list[Candidate]:
    """One a person; each Patient that is linked to nobody is taken for a person of its own."""
    rows: dict[int, list[int]] = {}
    for at, row in enumerate(found.patients):
        rows.setdefault(key_of(row), []).append(at)
    made = []
    for places in rows.values():
        own = [found.patients[at] for at in places]
        exactly = about if len(rows) == 1 else About("", own[0].id)
        bodies = tuple(loads_stored(row.body) for row in own)
        made.append(Candidate(exactly, bodies, tuple(dict.fromkeys(row.facility for row in own))))
    return made


def _tests(connection: Connection, who: People, rules: RuleSet) -> list[KnownTest]:
    """Every test there is a result of, the one with the newest result first."""
    codes: dict[tuple[int, int], set[Code]] = {}
    times: dict[tuple[int, int], int] = {}
    for system, code, time, person, rid in every_result(connection, who.keys, "Observation"):
        codes.setdefault((person, rid), set()).add((system, code))
        times[person, rid] = time
    of_key: dict[str, list[tuple[int, tuple[int, int]]]] = {}
    said: dict[str, set[Code]] = {}
    for row, borne in codes.items():
        key = test_key(rules, borne)
        of_key.setdefault(key, []).append((times[row], row))
        said.setdefault(key, set()).update(one for one in borne if "|".join(one) == key)
    newest = {key: min(rows) for key, rows in of_key.items()}
    bodies = {one.rid: one for one in prior.kept(connection, {row for _, row in newest.values()})}
    groups = {one.id: one.codes for one in rules.groups}
    panels = {one.id for one in rules.groups if one.members}
    made = []
    for key, (_, (_, rid)) in sorted(newest.items(), key=lambda one: (one[1], one[0])):
        if rid not in bodies:
            continue
        resource = loads_stored(bodies[rid].body)
        if not of_imaging(resource):
            order = _as_newest(connection, bodies[rid], resource, groups.get(key) or frozenset(said[key]))
            if key in panels:  # how its own result was measured is not how each of its tests is
                order = replace(order, unit="", method="")
            made.append(KnownTest(key, order, len(of_key[key])))
    return made


def test_key(rules: RuleSet, borne: Collection[Code]) -> str:
    """Which test a result of these codes is of: its group; else its LOINC code, or the first it bears.

    A laboratory's own code does not join two LOINC codes: it may use one for blood and for urine.
    """
    groups = sorted({rules.group_of[one] for one in borne if one in rules.group_of})
    if groups:
        return groups[0]
    system, code = min(borne, key=lambda one: (one[0] != _LOINC, one))
    return f"{system}|{code}"


def _as_newest(connection: Connection, kept: Kept, resource: Resource, codes: frozenset[Code]) -> OrderedTest:
    reference = resource.get("specimen", {}).get("reference", "")
    bodies = prior.named(connection, {(kept.person, reference)}) if reference.startswith("Specimen/") else {}
    specimen = loads_stored(bodies[reference]) if reference in bodies else None
    read = prior_result(resource, _unsaid(kept), specimen=specimen)
    unit = read.quantity.unit if read.quantity else ""
    return OrderedTest(codes, name=read.name, specimen=read.specimen, method=read.method, unit=unit)


def _unsaid(kept: Kept) -> Beside:
    return Beside(kept.vid, "certain", "absent", kept.sender, kept.exchange)


def _reports(connection: Connection, who: People, around: Around, today: Today) -> tuple[list[Found], int]:
    """The newest, and how many more there are."""
    rows = sorted(
        {(time, person, rid) for _, _, time, person, rid in every_result(connection, who.keys, "DiagnosticReport")}
    )
    places = {(person, rid): at for at, (_, person, rid) in enumerate(rows)}
    kept = prior.kept(connection, [(person, rid) for _, person, rid in rows[:MOST_REPORTS]])
    kept.sort(key=lambda one: places[one.person, one.rid])
    resources = {one.rid: loads_stored(one.body) for one in kept}
    beside = around.beside(connection, kept, resources)
    named = around.named(connection, kept, resources)
    found = [
        Found(
            prior_report(resources[one.rid], beside[one.rid], performers=_did(resources[one.rid], named)),
            one,
            resources[one.rid],
        )
        for one in kept
    ]
    return [one.proved(connection, today) for one in found], max(0, len(rows) - MOST_REPORTS)


def _did(resource: Resource, named: Mapping[str, bytes]) -> list[Resource]:
    return [parsed(named[name]) for name in performers(resource) if name in named]
