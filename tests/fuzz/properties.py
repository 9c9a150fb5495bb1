"""What must hold for any bytes that a sender may send."""

from __future__ import annotations

import re
import time
import traceback
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, Translation
from gateway.bundle import body
from gateway.errors import SenderError, TooLarge
from gateway.mllp.acknowledgement import acknowledgement
from gateway.mllp.conditions import found
from gateway.mllp.framing import Blocks, framed
from gateway.mllp.header import message_count, read_header
from gateway.outcome import Issue
from gateway.r4 import check

_ROOT = Path(__file__).parents[2]
_AT = datetime(2026, 11, 23, tzinfo=UTC)
_SECONDS = 2.0  # of CPU for a small input: instrumented code takes three times its own
_GROWTH = 60  # bytes of a Bundle for each byte of a message; a field of two letters is a resource
_WORD = re.compile(r"\w{6,}")
_ADAPTER = Hl7v2Adapter()


class Broken(AssertionError):
    """A property does not hold. Its text says which and where, the same for the same fault, and no value."""


def hold(data: bytes) -> None:
    """Broken when the bytes crash the parser or the adapter, take long, grow, tell a value, or become wrong FHIR."""
    begun = time.process_time()
    made, issues = _translated(data)
    for one in made:
        _conformant(one, len(data))
    _told_without_values(data, made, issues)
    _answered(data, issues)
    if time.process_time() - begun > _SECONDS + len(data) / 10_000:
        raise Broken("slow")


def _translated(data: bytes) -> tuple[list[Translation], list[Issue]]:
    """What stands of the records, and what is said of the others."""
    made: list[Translation] = []
    issues: list[Issue] = []
    try:
        for record in _ADAPTER.records(Payload(data)):
            try:
                made.append(_ADAPTER.translate(record, DefaultProfile(record.facility)))
            except SenderError as refused:
                issues += refused.issues
    except SenderError as refused:
        issues += refused.issues
    except Exception as fault:
        raise Broken(_where(fault)) from fault
    return made, issues


def _where(fault: Exception) -> str:
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {Path(last.filename).name}, {last.name}: {last.line}"


def _conformant(made: Translation, size: int) -> None:
    bundle = made.bundle()
    for issue in check(bundle):
        if issue.refuses or issue.rule == "r4-reference-dangling":
            raise Broken(f"{issue.rule} at {_kind_of(issue.expression, bundle['entry'])}")
    if (grown := len(body(bundle))) > 100_000 + _GROWTH * size:
        raise Broken(f"{size} bytes became {grown}")


def _kind_of(expression: str, entries: list[dict[str, dict[str, str]]]) -> str:
    """``Observation.value.unit``, whichever entry and item it is."""
    at = re.match(r"Bundle\.entry\[(\d+)\]\.resource", expression)
    if at is None:
        return expression
    kind = entries[int(at[1])]["resource"]["resourceType"]
    return re.sub(r"\[\d+\]", "", kind + expression[at.end() :])


def _told_without_values(data: bytes, made: list[Translation], issues: list[Issue]) -> None:
    said = [*issues, *(issue for one in made for issue in (*one.issues, *one.holds))]
    texts = [f"{issue.text()} {issue.expression} {list(issue.parameters.values())}" for issue in said]
    texts += [f"{field.field} {field.reason}" for one in made for field in one.unplaced]
    words = set(_WORD.findall(" ".join(texts))) - _own_words()
    if words:
        sent = set(_WORD.findall(data.decode("utf-8", "replace"))) | set(_WORD.findall(data.decode("latin-1")))
        if leaked := words & sent:
            rules = sorted({issue.rule for issue in said if any(word in issue.text() for word in leaked)})
            raise Broken(f"a value is told by {rules or 'a place'}")


@cache
def _own_words() -> frozenset[str]:
    """What the gateway's own sentences, rows and programs are made of."""
    files = [
        file
        for folder in (
            "gateway/messages",
            "mappings/hl7v2",
            "mappings/vocabularies",
            "adapters/hl7v2",
            "gateway/mapping",
        )
        for file in (_ROOT / folder).rglob("*.*")
        if file.suffix in (".toml", ".json", ".py")
    ]
    return frozenset(word for file in files for word in _WORD.findall(file.read_text("utf-8")))


def _answered(data: bytes, issues: list[Issue]) -> None:
    """MLLP: the bytes in whatever pieces are the same blocks, and each gets an answer that is whole."""
    try:
        header = read_header(data)
        answer = acknowledgement(header, "AE", _AT, findings=[found(issue, "vi") for issue in issues])
        if header is not None:
            message_count(data, header)
        begins = data[:4000]
        if _blocks(begins, len(data) or 1) != _blocks(begins, 7) or _blocks(framed(answer), 300) != [answer]:
            raise Broken("blocks are others in other pieces")
    except (Broken, SenderError):
        raise
    except Exception as fault:
        raise Broken(_where(fault)) from fault
    if [segment[:3] for segment in answer.split(b"\r")[:2]] != [b"MSH", b"MSA"]:
        raise Broken("an answer that is no ACK")


def _blocks(stream: bytes, piece: int) -> list[bytes]:
    """Those that end; none behind one that is too long."""
    blocks, made = Blocks(1_000_000), []
    for at in range(0, len(stream), piece):
        blocks.add(stream[at : at + piece])
        try:
            while (block := blocks.next()) is not None:
                made.append(block)
        except TooLarge:
            break
    return made
