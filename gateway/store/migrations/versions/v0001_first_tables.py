"""The first tables.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The audit trail is append-only: the database itself refuses the rest.
APPEND_ONLY_SQLITE = (
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
)
APPEND_ONLY_POSTGRESQL = (
    """CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "client_assertion",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_client_assertion")),
    )
    op.create_table(
        "facility",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_facility")),
    )
    op.create_table(
        "order_claim",
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("collected", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("facility", "number", name=op.f("pk_order_claim")),
    )
    op.create_table(
        "payload",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_payload")),
        sa.UniqueConstraint("facility", "sha256", name=op.f("uq_payload_facility_sha256")),
    )
    op.create_table(
        "person",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_person")),
    )
    op.create_table(
        "recipient",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("private_jwk", sa.Text(), server_default="", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_recipient")),
    )
    op.create_table(
        "resource",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("current", row_id, nullable=True),
        sa.Column("subject", row_id, nullable=True),
        sa.Column("person", row_id, nullable=True),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_resource")),
        sa.UniqueConstraint("type", "id", name=op.f("uq_resource_type_id")),
    )
    op.create_index("ix_resource_person", "resource", ["person"], unique=False)
    op.create_table(
        "review_task",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_review_task")),
        sa.UniqueConstraint("id", name=op.f("uq_review_task_id")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("private_pem", sa.Text(), nullable=False),
        sa.Column("chain_pem", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "trust_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_trust_file")),
    )
    op.create_table(
        "client",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_client_facility")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client")),
    )
    op.create_table(
        "exchange",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payload_rid", row_id, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("jws_sha256", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("adapter_version", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.Column("bundle_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["payload_rid"], ["payload.rid"], name=op.f("fk_exchange_payload_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_exchange")),
        sa.UniqueConstraint("id", name=op.f("uq_exchange_id")),
    )
    op.create_index("ix_exchange_message", "exchange", ["message_id"], unique=True)
    op.create_index("ix_exchange_payload", "exchange", ["payload_rid"], unique=False)
    op.create_index("ix_exchange_status", "exchange", ["status", "rid"], unique=False)
    op.create_table(
        "index_date",
        sa.Column("param", sa.SmallInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_date_resource_rid")),
        sa.PrimaryKeyConstraint("param", "low", "high", "resource_rid", name=op.f("pk_index_date")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_index_date_resource", "index_date", ["resource_rid"], unique=False)
    op.create_table(
        "index_reference",
        sa.Column("param", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_reference_resource_rid")),
        sa.PrimaryKeyConstraint("param", "target", "resource_rid", name=op.f("pk_index_reference")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_index_reference_resource", "index_reference", ["resource_rid"], unique=False)
    op.create_table(
        "index_result",
        sa.Column("subject", row_id, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_result_resource_rid")),
        sa.PrimaryKeyConstraint(
            "subject", "type", "code", "system", "time", "resource_rid", name=op.f("pk_index_result")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_index_result_resource", "index_result", ["resource_rid"], unique=False)
    op.create_table(
        "index_token",
        sa.Column("param", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_index_token_resource_rid")),
        sa.PrimaryKeyConstraint("param", "code", "system", "resource_rid", name=op.f("pk_index_token")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_index_token_resource", "index_token", ["resource_rid"], unique=False)
    op.create_table(
        "person_identifier",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("person", row_id, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.rid"], name=op.f("fk_person_identifier_person")),
        sa.PrimaryKeyConstraint("system", "value", name=op.f("pk_person_identifier")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["recipient"], ["recipient.name"], name=op.f("fk_subscription_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_table(
        "access_token",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_access_token_client_id")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_access_token")),
    )
    op.create_table(
        "delivery",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("exchange_rid", row_id, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("issue", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_delivery_exchange_rid")),
        sa.ForeignKeyConstraint(["recipient"], ["recipient.name"], name=op.f("fk_delivery_recipient")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_claim", "delivery", ["status", "due"], unique=False)
    op.create_index("ix_delivery_exchange", "delivery", ["exchange_rid"], unique=False)
    op.create_index("ix_delivery_recipient", "delivery", ["recipient", "status", "due"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("jws_sha256", sa.Text(), nullable=False),
        sa.Column("exchange_rid", row_id, nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_inbound_exchange_rid")),
        sa.PrimaryKeyConstraint("message_id", "sender", name=op.f("pk_inbound")),
    )
    op.create_table(
        "resource_version",
        sa.Column("rid", row_id, nullable=False),
        sa.Column("resource_rid", row_id, nullable=False),
        sa.Column("vid", sa.Integer(), nullable=False),
        sa.Column("result_time", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("exchange_rid", row_id, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_resource_version_exchange_rid")),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_resource_version_resource_rid")),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_resource_version")),
        sa.UniqueConstraint("resource_rid", "vid", name=op.f("uq_resource_version_resource_rid_vid")),
    )
    op.create_table(
        "restatement",
        sa.Column("resource_rid", row_id, nullable=False),
        sa.Column("exchange_rid", row_id, nullable=False),
        sa.ForeignKeyConstraint(["exchange_rid"], ["exchange.rid"], name=op.f("fk_restatement_exchange_rid")),
        sa.ForeignKeyConstraint(["resource_rid"], ["resource.rid"], name=op.f("fk_restatement_resource_rid")),
        sa.PrimaryKeyConstraint("resource_rid", "exchange_rid", name=op.f("pk_restatement")),
        sqlite_with_rowid=False,
    )

    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in APPEND_ONLY_POSTGRESQL if postgresql else APPEND_ONLY_SQLITE:
        op.execute(statement)
