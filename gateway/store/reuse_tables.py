"""The tables of what came of verdicts: accepted reuses, and alerts on them; metadata of ``gateway.store.tables``.

No name, number or value of a patient stands here: results, orders and persons are named by their keys.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from gateway.store.tables import Micros, RowId, metadata

reuse = Table(  # an order that was not made, and the version of a result that stands in its place
    "reuse",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # of its Provenance
    Column("facility", Text, nullable=False),  # who reused it
    Column("client_id", Text, nullable=False),  # whose software said so
    Column("practitioner", Text, nullable=False),  # as that software names its user, "" where it does not say
    Column("order_system", Text, nullable=False),
    Column("order_value", Text, nullable=False),
    Column("result", Text, nullable=False),  # "Observation/id" or "ImagingStudy/id"
    Column("result_version", Integer, nullable=False),
    Column("person", BigInteger, nullable=False),  # of the result, as in the tables of results, when last looked at
    Column("kid", Text, nullable=False),  # the key that signed the result
    Column("test_group", Text, nullable=False),  # of the lists in force, "" where they know none
    Column("question", Text, nullable=False),  # JSON: codes, setting, conditions: what judging again takes
    Column("rules_digest", Text, nullable=False),
    Column("basis", Text, nullable=False),  # the legal basis it was disclosed on
    Column("card_rid", RowId, ForeignKey("cds_card.rid")),  # NULL where no card led to it
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), nullable=False),  # of its signed Provenance
    Column("accepted", Micros, nullable=False),
    UniqueConstraint("facility", "order_system", "order_value", "result", "result_version", name="uq_reuse_acceptance"),
    Index("ix_reuse_person", "person"),
    Index("ix_reuse_kid", "kid"),
    Index("ix_reuse_accepted", "accepted"),
    Index("ix_reuse_card", "card_rid"),  # asked when a card that came too late is forgotten
)

reuse_source = Table(  # what was relied on: the result, and a study's reports
    "reuse_source",
    metadata,
    Column("resource_rid", RowId, ForeignKey("resource.rid"), primary_key=True),
    Column("reuse_rid", RowId, ForeignKey("reuse.rid"), primary_key=True),
    Column("vid", Integer, nullable=False),
)

reuse_alert = Table(  # raised in the transaction that changed what was relied on
    "reuse_alert",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # of its Communication
    Column("facility", Text, nullable=False),  # who is to hear of it
    Column("cause", Text, nullable=False),  # corrected | withdrawn | identity | signer | not-reuse
    Column("reuse_rid", RowId, ForeignKey("reuse.rid")),  # NULL where it was no reuse any more when it was accepted
    Column("order_system", Text, nullable=False),
    Column("order_value", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("version_before", Integer, nullable=False),  # the one that was relied on
    Column("version_after", Integer, nullable=False),  # the one that stood when the alert was raised
    Column("raised", Micros, nullable=False),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid")),  # of its Communication, NULL until that is signed
    Column("acknowledged", Micros),
    Column("acknowledged_by", Text, nullable=False, server_default=""),
    Index("ix_reuse_alert_open", "acknowledged", "raised"),
    Index("ix_reuse_alert_exchange", "exchange_rid"),
    Index("ix_reuse_alert_reuse", "reuse_rid"),
)
