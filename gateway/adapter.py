"""The adapter contract: Payload, Record, Translation, SourceAdapter.

An adapter is form in, resources out. The law it keeps, each clause a test of
``gateway adapter check``:

1. Same bytes in, same resources out, same ids: no clock, random, network, file or database.
2. It recognises all its samples and none of the others'.
3. Every resource passes the R4 check and says where it came from.
4. What cannot be placed becomes an Issue with the field's path: nothing dropped, nothing
   guessed. A clinical value that cannot be placed holds the exchange for a person.
5. Broken input raises PayloadError: truncated, empty, wrong encoding, wrong version.
   One bad field costs that field (and says so), not the message.
6. No value from a payload in an error or a log line: path, line and rule only.
7. ``version`` changes when an expected output changes.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Protocol

from gateway.bundle import Resource, collection
from gateway.coverage import Covered
from gateway.errors import AdapterConflict, AdapterFault, PayloadError, SenderError, SettingsError
from gateway.outcome import Issue
from gateway.proposal import Proposal


class Profile(Protocol):
    """What an adapter may know of the facility (gateway.facility.Facility fits)."""

    @property
    def code(self) -> str: ...
    @property
    def decimal_comma(self) -> bool: ...
    @property
    def utc_offset(self) -> str: ...
    @property
    def charset(self) -> str: ...
    @property
    def units(self) -> frozenset[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class DefaultProfile:
    """A facility nobody registered: point decimals, +07:00. An empty code, an empty charset: take the payload's own.

    ``units``: (text, UCUM code) as its systems write them, before the standard table's.
    """

    code: str = ""
    decimal_comma: bool = False
    utc_offset: str = "+07:00"
    charset: str = ""
    units: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Payload:
    """What a facility sent in one piece: the bytes as they came, and the media type it gave them.

    ``whole``: the transport has a mark of its own for the end, and it came; nothing behind can be missing.
    """

    data: bytes
    content_type: str = ""
    whole: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class SourceSignature:
    """A payload's own signature whose digests and value agree: what it covers, and who says he made it.

    Whether he is believed is not the adapter's to judge (gateway.source_signature). ``scope``: what it covers,
    ``document`` or names of elements. ``weak``: what of it is too weak to prove anything today (``sha1``,
    ``rsa-1024``). ``chain``: his certificate first, base64 of DER. ``said_at``: the signing time that is signed
    with it, as written, "" if none.
    """

    scope: tuple[str, ...]
    algorithms: tuple[str, ...]
    weak: tuple[str, ...]
    chain: tuple[str, ...]
    said_at: str = ""


# One that is there and was not checked: too large a file to be held whole. It is never believed.
UNJUDGED = SourceSignature((), (), (), ())


@dataclass(frozen=True, slots=True)
class Record:
    """One patient's part of a payload.

    ``data``: the record's own bytes and no other's, a contiguous run of the payload's (``payS256`` of the signature is
    over these). ``written_out``: they are no such run, as of what is compressed, but a text of the adapter's, which it
    reads to the same resources; the payload is kept beside them. ``facility``: the code the record claims for itself,
    "" if none. ``content``: the adapter's own parse, so nothing is parsed twice. ``issues``: found while splitting.
    ``position``: 1 for the first record of a payload. ``signature``: the payload's own, None where it carries none;
    then ``content`` is what it covers."""

    data: bytes
    facility: str
    content: Any
    position: int = 1
    issues: tuple[Issue, ...] = ()
    signature: SourceSignature | None = None
    written_out: bool = False


_NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z")
_ADAPTER = re.compile(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*\Z")  # the name of an entry point
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\Z")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class MappingText:
    """A mapping file as a hospital wrote it (TOML), only its head read: whose it is and which version.

    ``adapter``: the one it is for. ``sha256``: hex, of the text in UTF-8; two files with the same one are the same.
    """

    name: str
    version: str
    sha256: str
    text: str = field(compare=False)
    adapter: str = ""

    @property
    def label(self) -> str:
        """``xn-huyen 3 sha256:…``, as Translation.mapping and the exchange name it."""
        return f"{self.name} {self.version} sha256:{self.sha256}"

    @classmethod
    def read(cls, data: bytes) -> MappingText:
        """Of a file's bytes. SettingsError: no UTF-8, no TOML (with the line), or a head that lacks
        ``adapter``, ``name`` (letters, digits, dashes) or ``version`` (a text: letters, digits, dots, dashes)."""
        try:
            text = data.decode("utf-8")
            head = tomllib.loads(text)
        except UnicodeDecodeError as broken:
            line = data.count(b"\n", 0, broken.start) + 1
            raise SettingsError("mapping-not-utf8", f"line {line}") from None
        except tomllib.TOMLDecodeError as broken:
            raise SettingsError("mapping-not-toml", error=str(broken)) from None
        except RecursionError:
            raise SettingsError("mapping-not-toml", error="nested too deeply") from None
        for key, form in (("adapter", _ADAPTER), ("name", _NAME), ("version", _VERSION)):
            told = head.get(key)
            if not isinstance(told, str) or len(told) > _LONGEST_NAME or not form.match(told):
                raise SettingsError("mapping-head", key)
        return cls(head["name"], head["version"], hashlib.sha256(data).hexdigest(), text, head["adapter"])


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A source field with no place in the Bundle, why, and whether a clinician would miss it."""

    field: str
    reason: str
    clinical: bool = False

    def as_json(self) -> dict[str, object]:
        return {"field": self.field, "reason": self.reason, "clinical": self.clinical}


@dataclass(frozen=True, slots=True)
class Translation:
    """A record as FHIR.

    ``resources``: plain dicts or fhir.resources models, with deterministic ``id``s and
    ``urn:uuid:`` references. ``lineage``: element (``Observation[0].valueQuantity.value``,
    the index counts resources of that type in order) → source field (``OBX[1]-5``).
    ``recipients``: facility codes the payload itself names as receivers.
    ``training``: its sender says it is no real patient's record; intake holds it.
    ``mapping``: the label of the mapping file that placed it (MappingText.label), "" where none did.
    ``held`` follows from the rest: a clinical field unplaced, or an issue that asks for a person.
    """

    resources: Sequence[Any]
    issues: Sequence[Issue] = ()
    unplaced: Sequence[Unplaced] = ()
    lineage: Mapping[str, str] = field(default_factory=dict)
    recipients: Sequence[str] = ()
    holds: Sequence[Issue] = ()
    training: bool = False
    mapping: str = ""

    @property
    def held(self) -> bool:
        return bool(self.holds) or any(field.clinical for field in self.unplaced)

    def bundle(self) -> Resource:
        return collection(self.resources)


class SourceAdapter(ABC):
    """Two methods make an adapter; a third when a payload may hold several records.

    ``signs``: payloads of its format carry the facility's own signature, so that one without is told of.
    ``mapped``: it reads by mapping files of the facility's. Unbound it recognises its form, and refuses to read it
    (``only_fitting``); bound it recognises no less.
    """

    name: str
    version: str
    signs: bool = False
    mapped: bool = False

    @abstractmethod
    def recognises(self, payload: Payload) -> bool:
        """True when the payload is this adapter's, judged by its first bytes and media type; never raises."""

    @abstractmethod
    def translate(self, record: Record, facility: Profile) -> Translation:
        """The record as FHIR R4; PayloadError when its form is broken or it names no patient."""

    def records(self, payload: Payload) -> Sequence[Record]:
        """The payload's records, one patient each; PayloadError when the payload's form is broken."""
        return [Record(payload.data, "", payload.data)]

    def bound(self, files: Sequence[MappingText]) -> SourceAdapter:
        """One that reads by these files, its facility's in force; this one, which stays unbound, by none.

        SettingsError says what is wrong in one of them: ``expression`` is its name, line and path.
        """
        return self

    def propose(self, payload: Payload, name: str) -> Proposal | None:
        """A mapping file of that name for a payload of its form; None where it reads by none.

        PayloadError where the payload cannot be read so far.
        """
        return None

    def inspect(self, record: Record) -> Sequence[Issue]:
        """What the receiver the format was made for would say of the record (``gateway validate --format``).

        PayloadError when it cannot be opened. Translating asks none of it.
        """
        return ()

    def stream(self, file: BinaryIO) -> Iterator[Record] | None:
        """The records of a file too large to be held, one by one; None where the adapter has no such way.

        PayloadError before the first where the file's form is broken: never half a file.
        """
        return None

    def coverage(self, part: str = "") -> Iterable[Covered]:
        """How each row of the published map it follows stands, by message; of a ``part`` of the map, if asked.

        Nothing from an adapter that follows no such map.
        """
        return ()


def choose(adapters: Iterable[SourceAdapter], payload: Payload, name: str = "") -> SourceAdapter:
    """The one adapter that claims the payload, or the named one.

    AdapterConflict names everyone asked when none claims it, and both when two do.
    """
    running = list(adapters)
    if name:
        for adapter in running:
            if adapter.name == name:
                return adapter
        raise AdapterConflict("adapter-unknown", name=name, running=_names(running))
    if not payload.data.strip(b"\x00\t\r\n \x0b\x1c\xef\xbb\xbf"):
        raise PayloadError("payload-empty")
    claimants = [adapter for adapter in running if _fenced(adapter, adapter.recognises, payload)]
    if not claimants:
        raise AdapterConflict("adapter-none-claims", asked=_names(running))
    if len(claimants) > 1:
        raise AdapterConflict("adapter-two-claim", claimants=_names(claimants))
    return claimants[0]


def bind(adapter: SourceAdapter, files: Iterable[MappingText]) -> SourceAdapter:
    """``adapter.bound`` behind the fence, by those of the files that are for it; itself where it has none."""
    own = [one for one in files if one.adapter == adapter.name]
    if not own:
        return adapter
    if not adapter.mapped:
        raise SettingsError("mapping-adapter-reads-none", own[0].name, adapter=adapter.name)

    def bound() -> SourceAdapter | SettingsError:
        try:
            return adapter.bound(own)
        except SettingsError as wrong:  # of a file, and its author's to mend: elsewhere one is the adapter's fault
            return wrong

    found = _fenced(adapter, bound)
    if isinstance(found, SettingsError):
        raise found
    if not isinstance(found, SourceAdapter):
        raise AdapterFault("adapter-returned-nonsense", adapter=adapter.name)
    return found


def only_fitting(files: Sequence[MappingText], fitting: Sequence[MappingText]) -> MappingText:
    """The one mapping file that a payload fits, for a mapped adapter to call when it reads one.

    PayloadError when its facility has none (``files``) or none fits; AdapterConflict naming all that fit.
    """
    if not files:
        raise PayloadError("mapping-none-registered")
    if not fitting:
        raise PayloadError("mapping-none-fits", mappings=_told(files))
    if len(fitting) > 1:
        raise AdapterConflict("mapping-two-fit", mappings=_told(fitting))
    return fitting[0]


def _told(files: Iterable[MappingText]) -> str:
    return ", ".join(f"{one.name} {one.version}" for one in files)


def split(adapter: SourceAdapter, payload: Payload) -> Sequence[Record]:
    """``adapter.records`` behind the fence. A payload of one record, not written out, is that record to the last byte,
    so that whoever keeps the file a facility sent can hold it against the signature (``payS256``)."""
    records: list[Record] = _fenced(adapter, lambda: list(adapter.records(payload)))
    if not all(isinstance(record, Record) for record in records):
        raise AdapterFault("adapter-returned-nonsense", adapter=adapter.name)
    if not records:
        raise PayloadError("payload-without-records")
    alone = len(records) == 1 and not records[0].written_out
    return [replace(records[0], data=payload.data)] if alone else records


def inspect(adapter: SourceAdapter, record: Record) -> Sequence[Issue]:
    """``adapter.inspect`` behind the fence."""
    found: Sequence[Issue] = _fenced(adapter, adapter.inspect, record)
    return found


def propose(adapter: SourceAdapter, payload: Payload, name: str) -> Proposal | None:
    """``adapter.propose`` behind the fence."""
    found: Proposal | None = _fenced(adapter, adapter.propose, payload, name)
    return found


def stream(adapter: SourceAdapter, file: BinaryIO) -> Iterator[Record] | None:
    """``adapter.stream`` behind the fence, from the file's beginning."""
    file.seek(0)
    found: Iterator[Record] | None = _fenced(adapter, adapter.stream, file)
    return None if found is None else _fenced_each(adapter, found)


def _fenced_each(adapter: SourceAdapter, records: Iterator[Record]) -> Iterator[Record]:
    while (record := _fenced(adapter, next, records, None)) is not None:
        yield record


def translate(adapter: SourceAdapter, record: Record, facility: Profile) -> Translation:
    """``adapter.translate`` behind the fence: models become dicts, anything else is the author's fault."""
    translation: Translation = _fenced(adapter, adapter.translate, record, facility)
    if not isinstance(translation, Translation):
        raise AdapterFault("adapter-returned-nonsense", adapter=adapter.name)
    given = _fenced(adapter, lambda: list(translation.resources))
    resources = [one if isinstance(one, dict) else _as_dict(adapter, one) for one in given]
    if record.issues:
        translation = replace(translation, issues=[*record.issues, *translation.issues])
    return translation if resources == translation.resources else replace(translation, resources=resources)


def _names(adapters: Iterable[SourceAdapter]) -> str:
    return ", ".join(adapter.name for adapter in adapters) or "-"


def _fenced(adapter: SourceAdapter, call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except (SenderError, AdapterConflict):
        raise
    except RecursionError:
        raise PayloadError("payload-too-deep") from None
    except Exception as fault:  # the author's, whatever it is; its text may hold a value, so only its type goes on
        place = fault.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        line = place.tb_lineno if place is not None else 0
        raise AdapterFault("adapter-fault", adapter=adapter.name, error=type(fault).__name__, line=line) from None


def _as_dict(adapter: SourceAdapter, resource: Any) -> Resource:
    dump = getattr(resource, "model_dump", None)
    if dump is None:
        raise AdapterFault("adapter-returned-nonsense", adapter=adapter.name)
    return dict(_fenced(adapter, dump))
