"""ACK, the general acknowledgement: MSH, MSA and an ERR for each finding, in the sender's own delimiters and version.

HL7 v2.5.1 sections 2.14.1 (ACK), 2.15.8 (MSA), 2.15.5 (ERR). Before 2.5
an ERR is one field, ERR-1 (2.3.1 section 2.16.5).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.mllp.conditions import CONDITIONS, Finding
from gateway.mllp.header import Header

_MOST = 20  # ERR segments: a message wrong in a thousand places is wrong in the first
_TABLE = "HL70357"


def acknowledgement(
    header: Header | None, code: str, at: datetime, *, text: str = "", findings: Sequence[Finding] = ()
) -> bytes:
    """The message, segments ended by CR. ``code`` is of table 0008; ``at`` an aware time; ``text`` for MSA-3.

    Without a header there is nobody to name and no message to name: MSA-2 stays empty.
    """
    to = header or Header()
    told = [_header(to, at), _answer(to, code, text, findings), *_errors(to, findings[:_MOST])]
    return b"".join(segment + b"\r" for segment in told)


def _header(to: Header, at: datetime) -> bytes:
    version = to.version
    parts = [b"ACK", to.first(9, 2).encode("ascii", "replace"), b"ACK" if _since(to, 2, 3, 1) else b""]
    fields = [
        b"MSH",
        to.field(2),
        to.field(5),
        to.field(6),
        to.field(3),
        to.field(4),
        f"{at.astimezone(UTC):%Y%m%d%H%M%S}+0000".encode(),
        b"",
        to.mark(0).join(parts).rstrip(to.mark(0)) if parts[1] else b"ACK",
        secrets.token_hex(10).encode(),  # MSH-10: 20 characters are all that HL7 gives it before 2.7
        to.field(11) or b"P",
        to.field(12) if version else b"2.5",
        b"",
        b"",
        *((b"NE", b"NE") if _enhanced(to) else (b"", b"")),  # an acknowledgement is not acknowledged
        to.field(17),
        to.field(18),
    ]
    return to.separator.join(fields).rstrip(to.separator)


def _enhanced(to: Header) -> bool:
    return bool(to.field(15) or to.field(16))


def _answer(to: Header, code: str, text: str, findings: Sequence[Finding]) -> bytes:
    fields = [b"MSA", code.encode(), to.control_id, _escaped(to, text)]
    if findings and not _since(to, 2, 5):
        fields += [b"", b"", _condition(to, findings[0].condition, to.mark(0))]  # MSA-6
    return to.separator.join(fields).rstrip(to.separator)


def _errors(to: Header, findings: Sequence[Finding]) -> list[bytes]:
    if not findings:
        return []
    if not _since(to, 2, 5):
        return [to.separator.join([b"ERR", to.mark(1).join(_earlier(to, one) for one in findings)])]
    return [_error(to, one) for one in findings]


def _error(to: Header, finding: Finding) -> bytes:
    fields = [
        b"ERR",
        b"",
        to.mark(0).join(part.encode() for part in finding.place),
        _condition(to, finding.condition, to.mark(0)),
        finding.severity.encode(),
        _escaped(to, finding.rule),
        b"",
        _escaped(to, finding.at),
        _escaped(to, finding.text),
    ]
    return to.separator.join(fields)


def _earlier(to: Header, finding: Finding) -> bytes:
    """ERR-1 as the versions before 2.5 have it: segment, sequence, field, and the code in subcomponents."""
    place = [part.encode() for part in (*finding.place, "", "", "")[:3]]
    return to.mark(0).join([*place, _condition(to, finding.condition, to.mark(3))])


def _condition(to: Header, condition: int, mark: bytes) -> bytes:
    return mark.join([str(condition).encode(), CONDITIONS[condition].encode(), _TABLE.encode()])


def _since(to: Header, *version: int) -> bool:
    """True when the sender's version is this or later, and when it says none."""
    return not to.version or to.version >= version


def _escaped(to: Header, text: str) -> bytes:
    """A text of ours between the sender's delimiters (section 2.7), in its character set."""
    escape = to.mark(2)
    codes = {to.separator: b"F", to.mark(0): b"S", to.mark(1): b"R", to.mark(3): b"T", escape: b"E"}
    written = " ".join(text.split()).encode("utf-8" if to.utf8 else "ascii", "replace")
    made = bytearray()
    for byte in written:
        one = bytes([byte])
        made += escape + codes[one] + escape if one in codes else one
    return bytes(made)
