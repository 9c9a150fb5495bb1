"""A statement that no payload brought, as an exchange: signed, kept and found as every other one is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import gateway
from gateway.adapter import Record, Translation
from gateway.bundle import Resource
from gateway.exchange import Exchange
from gateway.facility import Facility
from gateway.jsontext import dumps
from gateway.keyring import Keyring
from gateway.outcome import operation_outcome
from gateway.settings import Settings
from gateway.signing import Judged, Made, Signing

SAID_BY = "gateway"  # in the place of an adapter's name


def statement(
    name: str,
    facility: Facility,
    said: dict[str, object],
    resources: Sequence[Resource],
    keyring: Keyring,
    settings: Settings,
    at: datetime,
) -> Made:
    """``name``: the exchange's id, a uuid. ``said``: what was done, whose bytes stand in the place of a record's.

    SettingsError ``key-none-active`` where the facility has no key to sign with.
    """
    record = dumps(said)
    unsigned = Exchange(
        id=name,
        facility=facility.code,
        status="kept",
        bundle=b"",
        created=at,
        record=record,
        adapter=SAID_BY,
        adapter_version=gateway.__version__,
        outcome=dumps(operation_outcome(())),
        account=dumps({"unplaced": [], "lineage": {}, "recipients": []}),
    )
    signing = Signing(settings.public_url, lambda: keyring.signer(facility.code), at)
    judged = Judged(Record(record, facility.code, None, 1), Translation(list(resources)), ())
    (made,) = signing.exchanges(judged, unsigned, facility)
    return made
