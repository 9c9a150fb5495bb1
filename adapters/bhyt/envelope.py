"""The envelope GIAMDINHHS: which payloads are ours, and the HOSO inside, each with its bytes.

    GIAMDINHHS
      THONGTINDONVI/MACSKCB                      the facility
      THONGTINHOSO/NGAYLAP, SOLUONGHOSO
      THONGTINHOSO/DANHSACHHOSO/HOSO             one episode each
        FILEHOSO/LOAIHOSO, NOIDUNGFILE           one table each
      CHUKYDONVI                                 the facility's signature

A payload with one HOSO is one record of all its bytes. With several, a record's bytes are
those of its element, from the ``<`` of ``<HOSO`` to the ``>`` of ``</HOSO>``.

A health check (KHAMSUCKHOE) has the same envelope, and blocks instead of tables.

Check-in data (LOAIHOSO 0) stands alone: CHI_TIEU_TRANG_THAI_KCB/DSACH_TRANG_THAI_KCB/TRANG_THAI_KCB, a row for each
patient and order; a record is the rows of one patient that follow one another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.bhyt import signature
from adapters.bhyt.blocks import Block
from adapters.bhyt.health_check_blocks import health_check_number, open_blocks
from adapters.bhyt.layouts import row_names
from adapters.bhyt.record_export import facility_of, is_json_export, open_export, read_json
from adapters.bhyt.tables import TableRow, episode_number, open_tables
from adapters.bhyt.told import HEALTH_CHECK, RECORD_EXPORT
from adapters.bhyt.xml_reader import Element, read
from gateway.adapter import UNJUDGED, Record
from gateway.errors import PayloadError
from gateway.outcome import Issue

ROOT = "GIAMDINHHS"
CHECK_IN_ROOT = "CHI_TIEU_TRANG_THAI_KCB"
ROOTS = (ROOT, HEALTH_CHECK, RECORD_EXPORT, CHECK_IN_ROOT)
_CHECKED_IN = "DSACH_TRANG_THAI_KCB"  # its rows, which its signature is about

_LOOK = 65536  # bytes of prologue looked through for the root element
_NAME = re.compile(r"<!?(?:DOCTYPE\s+)?(?:[\w.-]+:)?([\w.-]+)")
BLANKS = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Hoso:
    """One episode of a payload: its element, and what the envelope says of it.

    ``element``: its HOSO, or of check-in data an element with its rows.
    ``told_at``: the position of the first HOSO of the same MA_LK in the payload that says something else; 0 if none.
    ``must_name``: the signature does not cover MACSKCB, so that the record itself must say whose it is.
    ``broken``: why its element could not be read, of a file read by pieces.
    ``form``: HEALTH_CHECK or RECORD_EXPORT where it has blocks instead of tables.
    """

    element: Element
    written: str  # NGAYLAP, yyyyMMdd
    told_at: int = 0
    must_name: bool = False
    broken: PayloadError | None = None
    form: str = ""

    def opened(self) -> tuple[dict[str, list[TableRow]], list[Block]]:
        """Its tables, and of a form known in part what stands beside them. PayloadError when it cannot be opened."""
        if self.broken is not None:
            raise self.broken
        if self.form == HEALTH_CHECK:
            return open_blocks(self.element)
        if self.form == RECORD_EXPORT:
            return open_export(self.element)
        return open_tables(self.element), []


def root_name(data: bytes) -> str:
    """The name of the root element (or of the DOCTYPE that announces it); "" when there is none near the start."""
    head = data[:_LOOK]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "ignore")
    elif b"\x00" in head[:4]:
        text = head.decode("utf-16-le" if head[1:2] == b"\x00" else "utf-16-be", "ignore")
    else:
        text = head.lstrip(BLANKS).decode("utf-8", "ignore")
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return ""
    at = 0
    while True:
        at = text.find("<", at)
        if at < 0:
            return ""
        if text.startswith("<!--", at):
            at = text.find("-->", at)
        elif text.startswith("<?", at):
            at = text.find("?>", at)
        else:
            matched = _NAME.match(text, at)
            return matched.group(1) if matched else ""
        if at < 0:
            return ""
        at += 1


def records(data: bytes) -> Sequence[Record]:
    """The payload's records, in whichever form. PayloadError when the form is broken, or its signature fails; a HOSO's
    inner form is judged later."""
    if is_json_export(data):
        return _exported(data, read_json(data))
    shift = 0
    if data[:1] not in (b"\xff", b"\xfe"):
        shift = len(data) - len(data.lstrip(BLANKS))  # a byte order mark, and blanks before the declaration
    document = data[shift:] if shift else data
    name = root_name(document)
    root = read(document, name if name in ROOTS else ROOT, placed=True)
    if root.name == RECORD_EXPORT:
        return _exported(data, root)
    if root.name == CHECK_IN_ROOT:
        return _checked_in(document, root)
    if root.name not in (ROOT, HEALTH_CHECK):
        raise PayloadError("bhyt-not-an-envelope", root.name if len(root.name) < 40 else "")
    facility = _text(root, "THONGTINDONVI", "MACSKCB")
    if not facility:
        raise PayloadError("bhyt-facility-missing", "THONGTINDONVI.MACSKCB")
    signed, proof = signature.verified(document, root) if signature.carried(root) else (root, None)
    here = _hosos(root)
    found, must_name = _hosos(signed), signed.child("THONGTINDONVI") is None
    issues = tuple(count_issues(_text(signed, "THONGTINHOSO", "SOLUONGHOSO"), len(found)))
    written = _text(signed, "THONGTINHOSO", "NGAYLAP")
    form = HEALTH_CHECK if root.name == HEALTH_CHECK else ""
    number_of = health_check_number if form else episode_number
    if len(found) == 1:
        return [Record(data, facility, Hoso(found[0], written, 0, must_name, None, form), 1, issues, proof)]
    runs = [data[shift + hoso.start : shift + hoso.end] for hoso in here]
    told = _told_at([number_of(hoso) for hoso in found], runs)
    return [
        Record(run, facility, Hoso(hoso, written, before, must_name, None, form), position, issues, proof)
        for position, (hoso, run, before) in enumerate(zip(found, runs, told, strict=True), 1)
    ]


def _hosos(root: Element) -> list[Element]:
    """The episodes, all of them: one that stood elsewhere, or in a second list, would be lost without a word."""
    for above, name in ((root, "THONGTINDONVI"), (root, "THONGTINHOSO"), (root.child("THONGTINHOSO"), "DANHSACHHOSO")):
        if above is not None and len(above.named(name)) > 1:
            raise PayloadError("bhyt-part-twice", name)
    body = root.child("THONGTINHOSO")
    listing = body.child("DANHSACHHOSO") if body is not None else None
    found = listing.named("HOSO") if listing is not None else []
    if len(root.below("HOSO")) != len(found):
        raise PayloadError("bhyt-part-misplaced", "HOSO")
    if not found:
        raise PayloadError("bhyt-without-hoso", "THONGTINHOSO.DANHSACHHOSO")
    return found


def _checked_in(data: bytes, root: Element) -> Sequence[Record]:
    """Check-in data: a record for each run of rows of one MA_LK, since a patient has a row for each order."""
    signed, proof = signature.verified(data, root, (_CHECKED_IN,)) if signature.carried(root) else (root, None)
    name = row_names()["XML0"]
    covered, rows = signed.below(name), root.below(name)
    if len(covered) != len(rows):  # a row outside what is signed
        raise PayloadError("bhyt-part-misplaced", name)
    runs: list[list[tuple[Element, Element]]] = []
    for told, here in zip(covered, rows, strict=True):
        if runs and _text(runs[-1][0][0], "MA_LK") == _text(told, "MA_LK"):
            runs[-1].append((told, here))
        else:
            runs.append([(told, here)])
    if not runs:
        raise PayloadError("bhyt-checkin-empty", CHECK_IN_ROOT)
    bytes_of = [data[run[0][1].start : run[-1][1].end] for run in runs]
    before = _told_at([_text(run[0][0], "MA_LK") for run in runs], bytes_of)
    made = []
    for position, run in enumerate(runs, 1):
        first = run[0][0]
        if not (facility := _text(first, "MA_CSKCB")):
            raise PayloadError("bhyt-facility-missing", "XML0.MA_CSKCB")
        element = Element(root.name, children=[told for told, _ in run])
        written = _text(first, "NGAY_VAO") or _text(first, "NGAY_YL")
        own = Hoso(element, written, before[position - 1])
        made.append(Record(bytes_of[position - 1], facility, own, position, (), proof))
    return made


def _exported(data: bytes, root: Element) -> Sequence[Record]:
    """An exported record, which has no envelope; what signs it is not known, so nothing in it is believed."""
    if not (facility := facility_of(root)):
        raise PayloadError("bhyt-facility-missing", "ThongTinBenhNhan.MA_CSKCB")
    signed = signature.carried(root)
    own = Hoso(root, "", form=RECORD_EXPORT)
    return [Record(data, facility, own, 1, (), UNJUDGED if signed else None)]


def _told_at(episodes: Sequence[str], runs: Sequence[bytes]) -> list[int]:
    """For each HOSO the position of the first of the same episode, 0 where it is that or says the very same."""
    first: dict[str, int] = {}
    told = []
    for position, (episode, run) in enumerate(zip(episodes, runs, strict=True), 1):
        before = first.setdefault(episode, position) if episode else position
        told.append(0 if runs[before - 1] == run else before)
    return told


def _text(element: Element, *path: str) -> str:
    at: Element | None = element
    for name in path:
        at = at.child(name) if at is not None else None
    return at.text.strip() if at is not None else ""


def count_issues(said: str, found: int) -> list[Issue]:
    """SOLUONGHOSO is compared, not trusted."""
    if said.isascii() and said.isdigit() and len(said) < 10 and int(said) == found:
        return []
    return [Issue("warning", "value", "bhyt-count-differs", "THONGTINHOSO.SOLUONGHOSO", {"found": found})]
