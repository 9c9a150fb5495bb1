"""A PACS as QIDO-RS shows it (PS3.18 section 10.6): the studies of a day, and what each holds.

Read-only, and bounded on every side: one time limit for a whole answer, one for its size, pages until
they end. Whatever else comes (a page of HTML, half an answer, the same page again) is told by its rule, and
nothing of it is believed. urllib3, as everywhere: dicomweb-client would bring pydicom, numpy and Pillow with it.
"""

from __future__ import annotations

import base64
import ssl
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gateway.errors import GatewayError, RecipientUnreachable, SourceUnavailable
from gateway.jsontext import loads
from gateway.mapping import mapping_file
from gateway.settings import Settings
from gateway.transport import Transport

Dataset = Mapping[str, Any]

STUDY_UID, SERIES_UID, INSTANCE_UID = "0020000D", "0020000E", "00080018"
LONGEST_ANSWER = 32 * 1024 * 1024  # bytes; a page of a thousand instances is one
MOST_PAGES = 1000
_JSON = ("application/dicom+json", "application/json")
_GLANCE = ("00201206", "00201208", "00080056")  # how many series and instances, whether it can be had
_UNTOLD = {"recipient-answer-endless": "collect-pacs-endless", "recipient-tls": "collect-pacs-tls"}
_MOST_SECRET = 16 * 1024


@dataclass(frozen=True, slots=True)
class Access:
    """How a PACS lets us in. Files are read anew for each look, since tokens are renewed.

    ``certificate``: PEM files of our own and its key.
    """

    user: str = ""
    password_file: Path | None = None
    token_file: Path | None = None
    certificate: tuple[str, str] | None = None

    def headers(self) -> dict[str, str]:
        """SourceUnavailable(``collect-pacs-secret``) when a file cannot be read."""
        if self.token_file is not None:
            return {"Authorization": f"Bearer {_secret(self.token_file)}"}
        if self.password_file is not None:
            pair = f"{self.user}:{_secret(self.password_file)}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def prove(self) -> None:
        """SourceUnavailable(``collect-pacs-secret``) when our certificate and key cannot be read, or are no pair."""
        if self.certificate is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(*self.certificate, password=lambda: "")
            except (OSError, ValueError):
                raise SourceUnavailable("collect-pacs-secret") from None


def _secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_SECRET).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text or not text.isprintable():
        raise SourceUnavailable("collect-pacs-secret")
    return text


class Pacs:
    """One PACS. ``page``: how many it is asked for in one answer; ``at_once``: by how many threads."""

    def __init__(
        self, url: str, access: Access, settings: Settings, now: Callable[[], datetime],
        *, page: int, timeout_seconds: int, at_once: int = 1,
    ) -> None:  # fmt: skip
        self._url = url
        self._access = access
        self._page = page
        patient = replace(settings, delivery_timeout_seconds=timeout_seconds, delivery_threads=at_once + 1)
        self._transport = Transport(patient, now, most=LONGEST_ANSWER, certificate=access.certificate)

    def studies(self, day: date) -> Iterator[Dataset]:
        """Of one day, at a glance: what shows that a study has changed."""
        return self._pages("/studies", {"StudyDate": f"{day:%Y%m%d}"}, _GLANCE, STUDY_UID)

    def knock(self) -> None:
        """Any one study is asked for; SourceUnavailable where none can be."""
        _datasets(self._answer("/studies", {"limit": "1"}, ()))

    def study(self, uid: str) -> Dataset | None:
        """All that is said of the study itself; None when it is gone."""
        found = _datasets(self._answer("/studies", {"StudyInstanceUID": uid}, levels("Patient", "Study")))
        return next((one for one in found if text(one, STUDY_UID) == uid), None)

    def series(self, uid: str, expected: int | None) -> list[Dataset]:
        """``expected``: how many the study says it has, None where it does not say."""
        return list(self._pages(f"/studies/{uid}/series", {}, levels("Series"), SERIES_UID, expected))

    def instances(self, uid: str, expected: int | None) -> list[Dataset]:
        fields = (*levels("Instance"), SERIES_UID)
        return list(self._pages(f"/studies/{uid}/instances", {}, fields, INSTANCE_UID, expected))

    # ---- pages ------------------------------------------------------------------------

    def _pages(
        self, path: str, asked: dict[str, str], fields: Sequence[str], key: str, expected: int | None = None
    ) -> Iterator[Dataset]:
        """Each dataset once. A PACS may list fewer at once than it is asked for, so that only a page with nothing new,
        or the number it said, is the end; a full page that comes again is one that does not know ``offset``."""
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            window = {"limit": str(self._page), "offset": str(len(seen))}
            found = _datasets(self._answer(path, asked | window, fields))
            before = len(seen)
            for one in found:
                if not (uid := text(one, key)):
                    raise SourceUnavailable("collect-pacs-nonsense")
                if uid not in seen:
                    seen.add(uid)
                    yield one
            if len(seen) == before:
                if len(found) >= self._page:
                    raise SourceUnavailable("collect-pacs-pages")
                return
            if len(found) > self._page or len(seen) == expected:
                return
        raise SourceUnavailable("collect-pacs-pages")

    def _answer(self, path: str, asked: Mapping[str, str], fields: Sequence[str]) -> bytes:
        query = urlencode([*asked.items(), *(("includefield", field) for field in fields)])
        headers = {"Accept": "application/dicom+json", **self._access.headers()}
        try:
            status, media_type, body = self._transport.get(f"{self._url}{path}?{query}", headers)
        except RecipientUnreachable as silent:
            self._access.prove()
            rule = _UNTOLD.get(silent.issues[0].rule, "collect-pacs-silent")
            raise SourceUnavailable(rule) from None
        if status == 204:
            return b""
        if status in (401, 403):
            raise SourceUnavailable("collect-pacs-not-let-in", status=status)
        if status != 200:
            raise SourceUnavailable("collect-pacs-status", status=status)
        if media_type not in _JSON:
            raise SourceUnavailable("collect-pacs-nonsense")
        return body


def _datasets(body: bytes) -> list[Dataset]:
    if not body.strip():
        return []
    try:
        found = loads(body)
    except GatewayError:
        raise SourceUnavailable("collect-pacs-nonsense") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SourceUnavailable("collect-pacs-nonsense")
    return [{tag.upper(): written for tag, written in one.items()} for one in found]


def text(dataset: Dataset, tag: str) -> str:
    """The first value of an attribute as text, "" without one."""
    written = dataset.get(tag)
    values = written.get("Value") if isinstance(written, Mapping) else None
    value = values[0] if isinstance(values, list) and values else None
    return value.strip(" \0") if isinstance(value, str) else "" if value is None else str(value)


@cache
def levels(*names: str) -> tuple[str, ...]:
    """The tags of the attributes that a study is read for, of these levels."""
    table = tomllib.loads(mapping_file("dicomweb", "attributes.toml").read_text("utf-8"))
    return tuple(row.split()[0] for name in names for row in table[name].values())
