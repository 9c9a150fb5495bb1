"""House: what the doors need of the gateway behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.answer import Answers
from gateway.inbound import Inbound
from gateway.intake import Intake
from gateway.keyring import Keyring
from gateway.prior.answering import Priors
from gateway.r4.profiles import Profiles
from gateway.rest.measures import Measures
from gateway.reused.acceptance import Acceptances
from gateway.settings import Settings
from gateway.store import Store


@dataclass(frozen=True, slots=True)
class House:
    """``now`` gives aware UTC. ``ready``: part → a question that answers "" or the rule it fails."""

    settings: Settings
    store: Store
    intake: Intake
    inbound: Inbound
    profiles: Profiles
    keyring: Keyring
    answers: Answers
    priors: Priors
    acceptances: Acceptances
    measures: Measures
    ready: Mapping[str, Callable[[], str]]
    now: Callable[[], datetime]
