"""The roof: the parts are built and meet only here.

``build_parts`` opens what a gateway needs (after the fork: a store does not survive one);
``create_app`` puts the HTTP doors before it. The clock enters here and is passed down.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from flask import Flask

from gateway.adapter import SourceAdapter
from gateway.answer import Answers
from gateway.console import door as console
from gateway.console.desk import Desk
from gateway.errors import GatewayError
from gateway.inbound import Inbound
from gateway.installed import running_adapters
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.judges import Judges
from gateway.keyring import Keyring
from gateway.prior.answering import Priors
from gateway.prior.record import Records
from gateway.profile_sources import profiles_in_force
from gateway.r4.profiles import Profiles
from gateway.rest import (
    cds,
    concept_maps,
    errors,
    exchanges,
    health,
    history,
    metadata,
    operation_definitions,
    payloads,
    prior_results,
    prior_studies,
    process_message,
    read,
    requests_seen,
    reuse_accepted,
    reuse_alerts,
    search,
    token,
    translate,
    validate,
    well_known,
)
from gateway.rest.gauges import Gauges
from gateway.rest.house import House
from gateway.rest.measures import Measures
from gateway.reuse.in_force import RulesInForce, reuse_folder
from gateway.reused.acceptance import Acceptances
from gateway.settings import Settings
from gateway.store import Store, open_store
from gateway.store import exchanges as stored_exchanges
from gateway.store.probe import Probe

_DOORS = (
    requests_seen, errors, health, well_known, token, metadata, payloads, exchanges, process_message,
    validate, translate, prior_results, prior_studies, reuse_accepted, reuse_alerts, operation_definitions, cds,
    concept_maps, search, history, read,
)  # fmt: skip


def utc_now() -> datetime:
    """The clock of a running gateway."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gateway is made of, for the doors and for the command line. ``close`` it when done."""

    settings: Settings
    store: Store
    adapters: Sequence[SourceAdapter]
    keyring: Keyring
    judges: Judges | None
    intake: Intake
    inbound: Inbound
    profiles: Profiles
    answers: Answers
    priors: Priors
    rules: RulesInForce
    now: Callable[[], datetime]

    def close(self) -> None:
        """Finish what waits to be written, then let go of the database; end the judges."""
        with suppress(GatewayError):  # counts alone are lost with a database that is gone
            self.intake.close()
        self.store.close()
        if self.judges is not None:
            self.judges.close()


def build_parts(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    adapters: Sequence[SourceAdapter] | None = None,
    judges: bool = False,
) -> Parts:
    """The parts over the database of the settings, whose tables must be in place already.

    ``judges``: the settings' judging processes are started; else all is judged in this one.
    """
    running = running_adapters(settings.adapters) if adapters is None else adapters
    rules = RulesInForce(reuse_folder(settings))
    store = open_store(settings.url)
    keyring = Keyring(store, settings, now)
    profiles = profiles_in_force(settings.profiles)
    here = Judge(running, settings.public_url, keyring.secret, profiles)
    beside = Judges(settings, keyring.secret, here) if judges and settings.judges else None
    return Parts(
        settings=settings,
        store=store,
        adapters=running,
        keyring=keyring,
        judges=beside,
        intake=Intake(store, beside or here, settings, now, keyring),
        inbound=Inbound(store, settings, now, keyring, profiles),
        profiles=profiles,
        answers=Answers(store, settings, now),
        priors=Priors(store, keyring, now, rules),
        rules=rules,
        now=now,
    )


def build_measures(parts: Parts, *, shared: Path | None = None) -> Measures:
    """The metrics over the parts; ``shared`` where several processes serve one address."""
    counted = partial(serving_processes, shared is not None)
    gauges = Gauges(parts.settings, parts.store, parts.keyring, parts.now, counted, parts.rules)
    made = Measures(gauges, shared=shared)
    parts.priors.told = made.verdict
    if parts.judges is not None:
        parts.judges.told = made.judged
    return made


def serving_processes(several: bool) -> list[int]:
    """The ids of the processes that serve one address: this one, or all of gunicorn's."""
    if not several:
        return [os.getpid()]
    parent = os.getppid()
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii")
    return [int(number) for number in listed.split()]


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    parts: Parts | None = None,
    measures: Measures | None = None,
) -> Flask:
    """The WSGI application; ``parts`` and ``measures`` when the caller shares them with a worker."""
    built = parts or build_parts(settings, now=now)
    app = Flask("gateway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_payload_bytes
    app.config["PROPAGATE_EXCEPTIONS"] = False  # errors.py answers, in tests too
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a path is what it says: no redirect that repeats a query string
    app.url_map.redirect_defaults = False
    app.extensions["gateway"] = built
    told = measures or build_measures(built)
    app.extensions["measures"] = told
    house = House(
        settings=settings,
        store=built.store,
        intake=built.intake,
        inbound=built.inbound,
        profiles=built.profiles,
        keyring=built.keyring,
        answers=built.answers,
        priors=built.priors,
        acceptances=Acceptances(built.store, built.priors, built.keyring, settings, built.now),
        measures=told,
        ready=_readiness(built),
        now=built.now,
    )
    for door in _DOORS:
        door.open_door(app, house)
    records = Records(built.store, built.keyring, built.now, built.priors)
    console.open_door(app, Desk(settings, built.store, built.keyring, built.priors, records, built.now))
    return app


def _readiness(parts: Parts) -> Mapping[str, Callable[[], str]]:
    """Part → "" when it is ready, else the rule that says why not."""

    written = Probe(parts.store)

    def store() -> str:
        """It answers a question, and it takes a write: on a full disk only the second fails."""
        with parts.store.read() as connection:
            stored_exchanges.rid_of(connection, "")
        return written()

    def keys() -> str:
        """A fresh gateway has none and is ready; one whose keys have all run out can sign nothing."""
        active = [key for key in parts.keyring.own_keys() if key.active]
        at = parts.now()
        return "ready-keys-expired" if active and not any(key.valid_to > at for key in active) else ""

    def adapters() -> str:
        return "" if parts.adapters else "ready-without-adapters"

    return {"store": store, "keys": keys, "adapters": adapters}
