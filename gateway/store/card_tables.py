"""The tables of CDS Hooks: cards that were shown, and what became of them; of the metadata of ``gateway.store.tables``.

No name, number or value of a patient stands here but a clinician's own comment on a card.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from gateway.store.tables import Micros, RowId, metadata

cds_card = Table(
    "cds_card",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column("client_id", Text, nullable=False),
    Column("facility", Text, nullable=False),  # of the client
    Column("hook", Text, nullable=False),
    Column("hook_instance", Text, nullable=False),
    Column("person", BigInteger, nullable=False),  # as in the tables of results; 0 where nobody was found
    Column("order_codes", Text, nullable=False),  # JSON: [[system, code], …]
    Column("decision", Text, nullable=False),
    Column("chosen", Text, nullable=False),  # "Observation/id" that the verdict speaks of, "" for none
    Column("chosen_version", Integer, nullable=False),
    Column("rules_digest", Text, nullable=False),
    Column("suggestion", Text, nullable=False),  # its uuid, "" for none
    Column("account", Text, nullable=False),  # JSON: reason codes, rules, setting of the verdict
    Column("asked", Text, nullable=False, server_default="{}"),  # JSON: the draft order, what judging again takes
    Column("sameness", Text, nullable=False),  # hex SHA-256 of what makes another card the same one
    Column("shown", Micros, nullable=False),
    Index("ix_cds_card_sameness", "sameness", "shown"),
    Index("ix_cds_card_chosen", "chosen"),
)

cds_feedback = Table(  # append-only; the same word about one card once, however often it is sent
    "cds_feedback",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("card_rid", RowId, ForeignKey("cds_card.rid"), nullable=False),
    Column("outcome", Text, nullable=False),  # accepted | overridden
    Column("reason_system", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("happened", Micros, nullable=False),  # as the client says
    Column("received", Micros, nullable=False),
    Column("sha256", Text, nullable=False),  # hex, of what was said
    UniqueConstraint("card_rid", "sha256"),
)
