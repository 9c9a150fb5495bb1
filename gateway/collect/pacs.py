"""``[[pacs]]``: an image archive, by DICOMweb. Each study is told when it is new, and again when it has changed.

An archive tells nobody of changes, so the studies of the last days are listed at each look. Of one whose
listing (how many series and images, its names and numbers) is as it was, nothing more is asked, but once in a while all
the same; of the others all series and images are listed, and posted where that differs from what was told. Pixels are
never asked for.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from marshmallow import ValidationError, fields, validate, validates_schema

from gateway.collect.collector import Fate, Told
from gateway.collect.door import Door, Payload
from gateway.collect.qido import STUDY_UID, Access, Dataset, Pacs, text
from gateway.collect.sent import Sent, state
from gateway.collect.studies import Known, Studies
from gateway.collect.study_payload import MEDIA_TYPE, study_payload
from gateway.collect.written import Place, WrittenSchema
from gateway.errors import GatewayError, SourceUnavailable
from gateway.jsontext import dumps
from gateway.outcome import Issue
from gateway.settings import loopback
from gateway.steps import Step, reached

log = structlog.get_logger("gateway.collect")

_UID = re.compile(r"[0-9.]{1,64}\Z")
_ADDRESS = r"https?://[^\s/@?#]+(?:/[^\s?#]*[^\s/?#])?"
_EXPECTED = "A URL without a slash at its end, a user or a query is expected"
_FIRST_AGAIN, _LONGEST_AGAIN = 30.0, 3600.0  # seconds until a study that was left is tried again
_NAMELESS = "collect-pacs-uid"
_AHEAD = 1  # days: a machine's clock, and the zone of the hospital, may be before ours
# Of the whole archive, not of one study: the look ends.
_AWAY = frozenset({"collect-pacs-silent", "collect-pacs-not-let-in", "collect-pacs-tls", "collect-pacs-secret"})


class PacsSchema(WrittenSchema):
    """``[[pacs]]``. ``url``: what QIDO-RS is asked at; ``images_at``: where others may ask for images (WADO-RS)."""

    url = fields.String(required=True, validate=validate.Regexp(rf"{_ADDRESS}\Z", error=_EXPECTED))
    adapter = fields.String(load_default="dicomweb", validate=validate.Regexp(r"[A-Za-z0-9_.-]{0,60}\Z"))
    images_at = fields.String(load_default="", validate=validate.Regexp(rf"({_ADDRESS})?\Z", error=_EXPECTED))
    plain_http = fields.Boolean(load_default=False)
    user = fields.String(load_default="", validate=validate.Regexp(r"[^:\s]*\Z"))
    password_file = fields.String(load_default="")
    token_file = fields.String(load_default="")
    certificate = fields.String(load_default="")
    key = fields.String(load_default="")
    look_back_days = fields.Integer(load_default=7, validate=validate.Range(min=0, max=3660))
    read_again_hours = fields.Integer(load_default=24, validate=validate.Range(min=1, max=24 * 366))
    at_once = fields.Integer(load_default=3, validate=validate.Range(min=1, max=16))
    page = fields.Integer(load_default=200, validate=validate.Range(min=1, max=5000))
    pacs_timeout_seconds = fields.Integer(load_default=30, validate=validate.Range(min=1, max=600))
    poll_seconds = fields.Integer(load_default=60, validate=validate.Range(min=1, max=86_400))

    @validates_schema
    def _let_in(self, loaded: dict[str, Any], **_: Any) -> None:
        if loaded["url"].startswith("http://") and not loopback(loaded["url"]) and not loaded["plain_http"]:
            raise ValidationError(
                "https expected; plain_http = true allows http inside a hospital's own network", "url"
            )
        if bool(loaded["user"]) != bool(loaded["password_file"]) or (loaded["user"] and loaded["token_file"]):
            raise ValidationError("user goes with password_file, and without token_file", "user")
        if bool(loaded["certificate"]) != bool(loaded["key"]):
            raise ValidationError("certificate goes with key", "certificate")


def archive(table: dict[str, Any], place: Place) -> Archive:
    """The collector of a ``[[pacs]]`` table."""
    access = Access(
        table["user"],
        place.path(table["password_file"]) if table["password_file"] else None,
        place.path(table["token_file"]) if table["token_file"] else None,
        (str(place.path(table["certificate"])), str(place.path(table["key"]))) if table["key"] else None,
    )
    pacs = Pacs(
        table["url"], access, place.settings, place.now,
        page=table["page"], timeout_seconds=table["pacs_timeout_seconds"], at_once=table["at_once"],
    )  # fmt: skip
    watch = Watch(
        table["images_at"],
        table["adapter"],
        table["look_back_days"],
        table["read_again_hours"] * 3600,
        table["at_once"],
    )
    return Archive(table["name"], pacs, watch, place, poll_seconds=table["poll_seconds"])


@dataclass(frozen=True, slots=True)
class Watch:
    """What is told of an archive. ``read_again``: after how many seconds a study is read whole, changed or not.

    ``at_once``: how many studies are read and posted beside each other.
    """

    images_at: str = ""
    adapter: str = ""
    look_back_days: int = 7
    read_again: float = 86_400
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class _Due:
    """A study to be read whole. ``mark``: of its listing; ``now``: seconds since 1970; ``known``: as it was told."""

    uid: str
    day: str
    mark: str
    now: int
    known: Known | None


@dataclass(frozen=True, slots=True)
class _Failed:
    """A study that could not be told. ``until``: time.monotonic."""

    times: int
    until: float
    rule: str


class Archive:
    kind = "pacs"

    def __init__(self, name: str, pacs: Pacs, watch: Watch, place: Place, *, poll_seconds: float = 60) -> None:
        self.name = name
        self.poll_seconds = poll_seconds
        self._pacs = pacs
        self._watch = watch
        self._door: Door = place.door
        self._now = place.now
        self._studies = Studies(place.state)
        self._sent = Sent(place.state / "sent.db")
        self._failed: dict[str, _Failed] = {}

    # ---- the contract -----------------------------------------------------------------

    def check(self) -> Sequence[Issue]:
        with _of_the_state():
            self._studies.open()
        self._pacs.knock()
        self._door.knock()
        return ()

    def once(self) -> Iterator[Told]:
        """Several studies at once, in no order: each is marked by itself. What is under way is finished, whatever ends
        the look."""
        with _of_the_state():
            self._studies.open()
            today = self._now().date()
            left: set[date] = set()
            with ThreadPoolExecutor(self._watch.at_once, f"collect-{self.name}") as pool:
                under_way: dict[Future[Told | None], date] = {}

                def ended(these: Iterable[Future[Told | None]]) -> Iterator[Told]:
                    for one in list(these):
                        of = under_way.pop(one)
                        if (told := one.result()) is not None:
                            if told.fate is Fate.LEFT:
                                left.add(of)
                            yield told

                for day in self._days(today):
                    for glance in self._pacs.studies(day):
                        if isinstance(due := self._due(glance, f"{day:%Y%m%d}"), Told):
                            if due.rule != _NAMELESS:  # which can never be told
                                left.add(day)
                            yield due
                        elif due is not None:
                            under_way[pool.submit(self._told, due)] = day
                        if len(under_way) >= self._watch.at_once:
                            yield from ended(wait(under_way, return_when=FIRST_COMPLETED).done)
                yield from ended(under_way)
            self._studies.note_looked(today, frozenset(left))
            begin = today - timedelta(days=self._watch.look_back_days)
            self._studies.forget(f"{begin:%Y%m%d}", {f"{day:%Y%m%d}" for day in left})

    def _days(self, today: date) -> list[date]:
        """Newest first: what every look would have seen since the last whole one, and the days of what that left."""
        looked, left = self._studies.looked(today)
        begin = min(looked, today) - timedelta(days=self._watch.look_back_days)
        window = [today - timedelta(days=back) for back in range(-_AHEAD, (today - begin).days + 1)]
        return window + sorted(left.difference(window), reverse=True)

    def close(self) -> None:
        self._sent.close()
        self._studies.close()

    # ---- one study --------------------------------------------------------------------

    def _due(self, glance: Dataset, day: str) -> _Due | Told | None:
        """What is to be read whole; None for a study that is as it was."""
        uid = text(glance, STUDY_UID)
        if not _UID.match(uid):
            return Told(Fate.LEFT, _NAMELESS)
        before = self._failed.get(uid)
        if before is not None and (left := before.until - time.monotonic()) > 0:
            return Told(Fate.LEFT, before.rule, left)
        known, mark, now = self._studies.get(uid), _mark(glance), int(self._now().timestamp())
        if known is not None and self._sent.latest(uid) != known.content:
            known = None  # another state was sent since, and what became of it is not known
        if known is not None and known.glance == mark and now - known.read < self._watch.read_again:
            return None
        return _Due(uid, day, mark, now, known)

    def _told(self, due: _Due) -> Told | None:
        """None for one that is gone, or as it was for all that."""
        begun = time.monotonic()
        try:
            content = study_payload(self._pacs, due.uid, self._watch.images_at)
        except SourceUnavailable as wrong:
            rule = wrong.issues[0].rule
            self._note_failure(due.uid, rule)
            if rule in _AWAY:
                raise
            return Told(Fate.LEFT, rule)
        if content is None:
            return None
        now_known = Known(due.mark, state(content), due.now, due.day)
        if due.known is not None and due.known.content == now_known.content:
            self._studies.note(due.uid, now_known)
            return None
        reached(Step.COLLECT_READ)
        # A study that is again what it was before is news, and no repetition: the gateway must not take it for one.
        told = self._posted(due.uid, content + b"\n" * self._sent.earlier(due.uid, content), begun)
        if told.fate is not Fate.LEFT:
            self._studies.note(due.uid, now_known)
            self._failed.pop(due.uid, None)
        return told

    def _posted(self, uid: str, content: bytes, begun: float) -> Told:
        payload = Payload(content, MEDIA_TYPE, self._watch.adapter)
        try:
            answer = self._door.post(payload)
        except GatewayError:  # the next look begins with another study: this one may be what silences the gateway
            self._note_failure(uid, "collect-left-before")
            raise
        reached(Step.COLLECT_ANSWERED)
        log.info(
            "collected", collector=self.name, fate=answer.fate.value, status=answer.status, payload=answer.sha256,
            exchanges=answer.exchanges[:20], rules=answer.rules, ms=round((time.monotonic() - begun) * 1000, 1),
        )  # fmt: skip
        rule = next(iter(answer.rules), "")
        if answer.fate is Fate.LEFT:
            self._note_failure(uid, rule or "collect-left")
            return Told(Fate.LEFT, rule or "collect-left")
        if answer.fate is Fate.REFUSED:
            self._studies.keep_refused(content, payload.sha256, answer.as_json())
        return Told(answer.fate, rule if answer.fate is Fate.REFUSED else "")

    def _note_failure(self, uid: str, rule: str) -> None:
        """Tried again later and later, so that the others go on."""
        before = self._failed.get(uid)
        times = before.times if before is not None else 0
        until = time.monotonic() + min(_FIRST_AGAIN * 2.0**times, _LONGEST_AGAIN)
        self._failed[uid] = _Failed(times + 1, until, rule)


def _mark(glance: Dataset) -> str:
    """What the listing says of a study, whatever the order and the address it is said at."""
    said = {tag: glance[tag] for tag in sorted(glance) if tag != "00081190"}
    return hashlib.sha256(dumps(said)).hexdigest()


@contextmanager
def _of_the_state() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise SourceUnavailable("collect-state-away", error=wrong.strerror or type(wrong).__name__) from None
