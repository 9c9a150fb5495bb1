"""All that may be seen of one translation, so that two can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.adapter import DefaultProfile, Payload, Profile, SourceAdapter, Translation, split, translate
from gateway.errors import AdapterFault, GatewayError
from gateway.jsontext import dumps
from gateway.mapping.made_by import with_file_told
from gateway.outcome import Issue


@dataclass(frozen=True, slots=True)
class Seen:
    """The records of a payload as translated, or why none was; ``refusals``: of single records, in their order.

    ``fault``: what was raised is the author's, not the sender's.
    """

    made: tuple[Translation, ...] = ()
    refusals: tuple[Issue, ...] = ()
    fault: bool = False

    @property
    def issues(self) -> Iterator[Issue]:
        yield from self.refusals
        for one in self.made:
            yield from (*one.issues, *one.holds)

    @property
    def asks(self) -> bool:
        """Something was refused, or waits for a person: nobody takes it for the whole."""
        return bool(self.refusals) or any(one.held for one in self.made)

    @property
    def text(self) -> bytes:
        """Everything, as bytes: two that look alike are alike."""
        return dumps([_plain(one) for one in self.made]) + "\n".join(map(_words, self.refusals)).encode()


def seen(adapter: SourceAdapter, data: bytes, facility: Profile | None = None) -> Seen:
    """A payload through the adapter, whatever happens; without ``facility`` each record's own, by the defaults."""
    made: list[Translation] = []
    refusals: list[Issue] = []
    try:
        for record in split(adapter, Payload(data)):
            try:
                own = facility or DefaultProfile(record.facility)
                made.append(with_file_told(translate(adapter, record, own), adapter, own.code))
            except AdapterFault:
                raise
            except GatewayError as refused:
                refusals += refused.issues
    except GatewayError as refused:
        return Seen((), refused.issues, isinstance(refused, AdapterFault))
    return Seen(tuple(made), tuple(refusals))


def _plain(one: Translation) -> dict[str, object]:
    return {
        "resources": list(one.resources),
        "issues": [_words(issue) for issue in one.issues],
        "holds": [_words(issue) for issue in one.holds],
        "unplaced": [field.as_json() for field in one.unplaced],
        "recipients": list(one.recipients),
        "training": one.training,
    }


def _words(issue: Issue) -> str:
    return f"{issue.severity} {issue.rule} {issue.expression} {sorted(issue.parameters.items(), key=str)}"
