"""The tables of people who sign in to the pages: who they are, their sessions, the patients each opened.

No secret stands here that would let anybody in: of a password and of a session's token only digests.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from gateway.store.tables import Micros, RowId, metadata

console_user = Table(
    "console_user",
    metadata,
    Column("name", Text, primary_key=True),
    Column("facility", Text, ForeignKey("facility.code"), nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),  # as gateway.console.password writes it
    Column("created", Micros, nullable=False),
)

console_session = Table(
    "console_session",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("token_sha256", Text, nullable=False, unique=True),  # hex, of the random token that the browser holds
    Column("user_name", Text, ForeignKey("console_user.name"), nullable=False),
    Column("began", Micros, nullable=False),
    Column("seen", Micros, nullable=False),  # to the minute
    Column("basis", Text, nullable=False),  # the last one said, "" before the first
    Index("ix_console_session_user_name", "user_name"),
)

console_look = Table(  # a patient that a session opened; gone with the session
    "console_look",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),  # random: what stands in the page's address
    Column("session_rid", RowId, ForeignKey("console_session.rid"), nullable=False),
    Column("system", Text, nullable=False),  # of the number asked for; "" where value is a Patient's id
    Column("value", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("setting", Text, nullable=False),
    Column("read_as", Text, nullable=False),  # what the text that was typed or scanned was taken for
    Column("differs", Text, nullable=False),  # the rule by which the card contradicts the record, else ""
    Column("opened", Micros, nullable=False),
    Index("ix_console_look_session", "session_rid"),
)

console_attempt = Table(  # of signing in, until it succeeds or is forgotten
    "console_attempt",
    metadata,
    Column("rid", RowId, primary_key=True),
    Column("name_sha256", Text, nullable=False),  # hex: what was typed as a name may have been a password
    Column("at", Micros, nullable=False),
    Index("ix_console_attempt_name", "name_sha256", "at"),
    Index("ix_console_attempt_at", "at"),
)
