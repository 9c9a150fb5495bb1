"""The tables. Integer row keys; times are integers, microseconds since 1970-01-01 UTC.

The same tables serve SQLite and PostgreSQL. Row order of events is the row key's order.
Text keys (uuids, codes) stand once, in the row they name; everything else points by row id.

``person`` is the key that what belongs to one human being is found, kept together and, one day,
distributed by (docs/scale.md). It is never NULL: a person.rid; minus the Patient's own rid while
that Patient is linked to no person; 0 where no Patient is concerned.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives a rowid only to an INTEGER primary key; PostgreSQL wants 64 bits.
RowId = BigInteger().with_variant(Integer(), "sqlite")
Micros = BigInteger()

# ---- who may do what ------------------------------------------------------------------

facility = Table(
    "facility",
    metadata,
    Column("code", Text, primary_key=True),
    Column("record", Text, nullable=False),  # JSON of gateway.facility.Facility
    Column("created", Micros, nullable=False),
)

client = Table(
    "client",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("facility", Text, ForeignKey("facility.code"), nullable=False),
    Column("record", Text, nullable=False),  # JSON of gateway.facility.Client
    Column("created", Micros, nullable=False),
)

access_token = Table(
    "access_token",
    metadata,
    Column("sha256", Text, primary_key=True),  # hex, of the token; the token itself is never stored
    Column("client_id", Text, ForeignKey("client.client_id"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("expires", Micros, nullable=False),
)

client_assertion = Table(  # a jti may be used once (RFC 7523 section 3, item 7)
    "client_assertion",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("expires", Micros, nullable=False),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("facility", Text, nullable=False),  # "" for the pilot authority's own key
    Column("private_pem", Text, nullable=False),  # encrypted PKCS#8, or "" for a certificate only
    Column("chain_pem", Text, nullable=False),  # leaf first
    Column("valid_from", Micros, nullable=False),
    Column("valid_to", Micros, nullable=False),
    Column("revoked_at", Micros),
    Column("reason", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),  # the one that signs for its facility now
)

trust_file = Table(  # trust files of other gateways, whose messages are believed
    "trust_file",
    metadata,
    Column("name", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("imported", Micros, nullable=False),
)

recipient = Table(
    "recipient",
    metadata,
    Column("name", Text, primary_key=True),
    Column("record", Text, nullable=False),  # JSON of gateway.facility.Recipient, without its private key
    Column("private_jwk", Text, nullable=False, server_default=""),
    Column("created", Micros, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Text, primary_key=True),
    Column("recipient", Text, ForeignKey("recipient.name"), nullable=False),
    Column("record", Text, nullable=False),  # JSON of gateway.facility.Subscription
    Column("since", Micros, nullable=False),
    Column("ended", Micros),
)

# ---- what passed through --------------------------------------------------------------

payload = Table(
    "payload",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("facility", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # hex
    Column("content_type", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("received", Micros, nullable=False),
    UniqueConstraint("facility", "sha256"),
)

exchange = Table(
    "exchange",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("payload_rid", RowId, ForeignKey("payload.rid")),  # NULL when it came from another gateway
    Column("position", Integer, nullable=False),  # of the record in its payload, from 1
    Column("facility", Text, nullable=False),
    Column("origin", Text, nullable=False),  # "" for our own facility's, else the gateway it came from
    Column("status", Text, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("message_id", Text),  # MessageHeader.id, NULL while unsigned
    Column("jws_sha256", Text, nullable=False),
    Column("kid", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("adapter_version", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),  # the record's bytes as they came
    Column("bundle", LargeBinary, nullable=False),  # exact bytes
    Column("bundle_sha256", LargeBinary, nullable=False),  # for `gateway db check`
    Column("outcome", LargeBinary, nullable=False),
    Column("account", LargeBinary, nullable=False),  # unplaced and lineage
    Column("created", Micros, nullable=False),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_reason", Text, nullable=False, server_default=""),
    Index("ix_exchange_status", "status", "rid"),
    Index("ix_exchange_payload", "payload_rid"),
    Index("ix_exchange_message", "message_id", unique=True),
)

inbound = Table(  # a message from another gateway, and the receipt it got: the same again gets the same again
    "inbound",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("sender", Text, primary_key=True),  # facility code
    Column("jws_sha256", Text, nullable=False),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid")),  # NULL when refused
    Column("receipt", LargeBinary, nullable=False),
    Column("received", Micros, nullable=False),
)

delivery = Table(  # the outbox
    "delivery",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), nullable=False),
    Column("recipient", Text, ForeignKey("recipient.name"), nullable=False),
    Column("basis", Text, nullable=False),  # the legal basis it is disclosed on
    Column("reason", Text, nullable=False),  # subscription id, "named", "follow-up" (a correction) or "redeliver"
    Column("status", Text, nullable=False),  # FHIR Task.status words
    Column("attempts", Integer, nullable=False),
    Column("due", Micros, nullable=False),  # not before
    Column("deadline", Micros, nullable=False),  # the budget, fixed at enqueue
    Column("claimed_by", Text),
    Column("claimed_until", Micros),
    Column("issue", Text, nullable=False, server_default=""),  # rule of the last failure
    Column("receipt", LargeBinary),
    Column("created", Micros, nullable=False),
    Column("settled", Micros),
    Index("ix_delivery_claim", "status", "due"),
    Index("ix_delivery_exchange", "exchange_rid"),
    Index("ix_delivery_recipient", "recipient", "status", "due"),
)

order_claim = Table(
    "order_claim",
    metadata,
    Column("facility", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("patient", Text, nullable=False),
    Column("collected", Text, nullable=False),
)

audit_event = Table(  # append-only; each line carries the digest of the one before it
    "audit_event",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("recorded", Micros, nullable=False),
    Column("actor", Text, nullable=False),  # client id, "cli", "worker"
    Column("action", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: ids and counts, never a patient's value
    Column("digest", LargeBinary, nullable=False),
)

# ---- what can be asked for ------------------------------------------------------------

resource = Table(  # one row per logical resource
    "resource",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("type", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("facility", Text, nullable=False),  # who made it: nobody else may write a version of it
    Column("sensitive", Boolean, nullable=False),
    Column("current", RowId),  # resource_version.rid
    Column("subject", RowId),  # resource.rid of the Patient it is about; itself for a Patient
    Column("person", RowId, nullable=False, server_default="0"),  # of its subject
    UniqueConstraint("type", "id"),
    Index("ix_resource_person", "person", "type"),
    Index("ix_resource_type", "type", "rid"),  # a search without criteria, in the order of arrival
)

resource_version = Table(
    "resource_version",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("resource_rid", RowId, ForeignKey("resource.rid"), nullable=False),
    Column("vid", Integer, nullable=False),  # meta.versionId, by arrival
    Column("result_time", Micros, nullable=False),  # the source's own time: it decides which version is current
    Column("updated", Micros, nullable=False),  # meta.lastUpdated
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), nullable=False),
    Column("body", LargeBinary, nullable=False),  # as served, without meta.versionId and meta.lastUpdated
    Column("person", RowId, nullable=False, server_default="0"),  # of its resource, as it is now
    UniqueConstraint("resource_rid", "vid"),
    Index("ix_resource_version_updated", "updated"),  # _lastUpdated
)

restatement = Table(  # a later exchange that held the resource again, word for word: no new version, but its
    "restatement",  # recipients have it too, and a correction goes to them
    metadata,
    Column("resource_rid", RowId, ForeignKey("resource.rid"), primary_key=True),
    Column("exchange_rid", RowId, ForeignKey("exchange.rid"), primary_key=True),
    sqlite_with_rowid=False,
)

# Search indexes hold the current version only. `param` is a number from gateway.store.index.
index_token = Table(
    "index_token",
    metadata,
    Column("param", SmallInteger, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("system", Text, primary_key=True),  # "" when the token has none
    Column("resource_rid", RowId, ForeignKey("resource.rid"), primary_key=True),
    sqlite_with_rowid=False,
)

index_reference = Table(  # by target first: what an exchange says of one Patient or order is then one page, not one a
    "index_reference",  # parameter, and each page is written to the disk twice
    metadata,
    Column("param", SmallInteger, nullable=False),
    Column("target", Text, nullable=False),  # "Type/id"
    Column("resource_rid", RowId, ForeignKey("resource.rid"), nullable=False),
    PrimaryKeyConstraint("target", "param", "resource_rid"),
    sqlite_with_rowid=False,
)

index_date = Table(  # the interval a date value covers, [low, high]
    "index_date",
    metadata,
    Column("param", SmallInteger, primary_key=True),
    Column("low", Micros, primary_key=True),
    Column("high", Micros, primary_key=True),
    Column("resource_rid", RowId, ForeignKey("resource.rid"), primary_key=True),
    sqlite_with_rowid=False,
)

index_result = Table(  # the doctor's question: this person, this code, newest first
    "index_result",
    metadata,
    Column("person", RowId, primary_key=True, autoincrement=False),
    Column("type", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("time", Micros, primary_key=True),
    Column("resource_rid", RowId, ForeignKey("resource.rid"), primary_key=True),
    Column("subject", RowId, nullable=False),  # resource.rid of the Patient, one of the person's
    sqlite_with_rowid=False,
)

for _table, _columns in (
    (index_token, ("resource_rid",)),
    (index_reference, ("resource_rid",)),
    (index_date, ("resource_rid",)),
    (index_result, ("resource_rid",)),
):
    Index(f"ix_{_table.name}_resource", *(_table.c[name] for name in _columns))

# ---- persons --------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("created", Micros, nullable=False),
)

person_identifier = Table(  # a national number is one person's
    "person_identifier",
    metadata,
    Column("system", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("person", RowId, ForeignKey("person.rid"), nullable=False),
    Column("since", Micros, nullable=False),
    Index("ix_person_identifier_person", "person"),
)

review_task = Table(  # what only a person can decide
    "review_task",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # "person-link"
    Column("status", Text, nullable=False),  # Task.status: requested, completed
    Column("rule", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON: resource ids and rules, never a patient's value
    Column("created", Micros, nullable=False),
    Column("decided", Micros),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_reason", Text, nullable=False, server_default=""),
    Index("ix_review_task_status", "status", "kind"),
)

# ---- local codes and units, and the standard ones ------------------------------------

vocabulary_decision = (
    Table(  # append-only: of each code (or unit) the newest row of a facility, else of "", is in force
        "vocabulary_decision",
        metadata,
        Column("rid", RowId, primary_key=True),
        Column("facility", Text, nullable=False),  # "" for every facility
        Column("kind", Text, nullable=False),  # "code" or "unit"
        Column("system", Text, nullable=False),  # "" where the sender names none, and for a unit
        Column("code", Text, nullable=False),  # a unit: its text
        Column("target_system", Text, nullable=False),
        Column("target_code", Text, nullable=False),
        Column("target_display", Text, nullable=False),
        Column("equivalence", Text, nullable=False),  # of ConceptMap; "" takes the decision before back
        Column("decided", Micros, nullable=False),
        Column("decided_by", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Index("ix_vocabulary_decision_facility", "facility", "rid"),
    )
)

vocabulary_seen = Table(  # codes and unit texts that came without a standard one beside them, counted
    "vocabulary_seen",
    metadata,
    Column("facility", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("display", Text, nullable=False),  # as last sent
    Column("element", Text, nullable=False),  # where it stood last: "Observation.code"
    Column("unit", Text, nullable=False),  # of the value beside a code, as last sent
    Column("seen", BigInteger, nullable=False),
    Column("since", Micros, nullable=False),
    Column("last", Micros, nullable=False),
)
