"""Behaviour: what a simulated recipient does with one request, and the script that says what it does with each.

Written ``NAME``, ``NAME:ARGUMENT``, ``NAME*3`` (three requests) or ``NAME*`` (all that follow).
When a script has come to its end, every request gets an honest answer.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.errors import SettingsError

# name → what the recipient does. What follows the colon is shown in capitals.
BEHAVIOURS: dict[str, str] = {
    "ok": "verifies the message and answers with a signed receipt",
    "transient-error": "a signed receipt that says: not now",
    "fatal-error": "a signed receipt that says: never",
    "other-message": "lies: a signed receipt for another message",
    "other-identifier": "lies: a signed receipt for this signature that names another message's id",
    "wrong-signature": "lies: a receipt whose signature does not hold",
    "foreign-key": "lies: a receipt signed by a key of an authority nobody trusts",
    "altered": "lies: a fatal-error receipt whose code was changed to ok after it was signed",
    "unsigned": "lies: a response that says ok, without a signature",
    "echo": "sends the message back as its own answer",
    "html": "a page of HTML with status 200",
    "truncated": "the first half of a receipt, as if it were whole",
    "empty": "status 200 and nothing else",
    "twice": "the receipt two times in one body",
    "answers-twice": "two whole answers to one request",
    "slow:SECONDS": "waits before it answers honestly",
    "drip:SECONDS": "answers honestly, the body byte by byte, with a pause after each",
    "drip-head:SECONDS": "the same from the first byte of the status line on",
    "endless": "an answer that never ends",
    "hang-up": "closes the connection before it has read the request",
    "cut-off": "reads the request, then closes the connection without an answer",
    "break-off": "closes the connection in the middle of the receipt",
    "lose-answer": "keeps the message, then closes the connection without an answer",
    "status:CODE": "that HTTP status with an OperationOutcome; `status:503:120` adds Retry-After: 120",
    "redirect:URL": "status 307 to another address",
    "expired-token": "forgets every token it gave and answers 401",
}

# What a token endpoint can do as well: all that is not about a receipt.
AT_TOKEN = frozenset({
    "ok", "html", "truncated", "empty", "twice", "answers-twice", "slow", "drip", "drip-head", "endless",
    "hang-up", "cut-off", "break-off", "status", "redirect",
})  # fmt: skip

_WRITTEN = re.compile(r"(?P<name>[a-z-]+)(?::(?P<argument>.+?))?(?P<star>\*(?P<times>[0-9]{1,6})?)?\Z")
_NAMES = {shown.partition(":")[0]: bool(shown.partition(":")[2]) for shown in BEHAVIOURS}
_ARGUMENTS = {
    "status": re.compile(r"[1-5][0-9]{2}(:[0-9]{1,6})?\Z"),
    "redirect": re.compile(r"[!-~]+\Z"),
}
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is done with one request."""

    name: str
    argument: str = ""

    @property
    def seconds(self) -> float:
        return float(self.argument)


HONEST = Behaviour("ok")


class Script:
    """What is done with each request, in order. Safe to use from several threads.

    SettingsError ``simulator-behaviour`` for a text that is no behaviour, or not one of ``allowed``.
    """

    def __init__(self, texts: Iterable[str] = (), *, allowed: Iterable[str] = tuple(_NAMES)) -> None:
        self._lock = threading.Lock()
        self._allowed = {name: _NAMES[name] for name in allowed}
        self._ahead: deque[tuple[Behaviour, int]] = deque()  # with how many times are left, -1 for ever
        self.follow(*texts)

    def follow(self, *texts: str) -> None:
        """Do this from now on, and nothing of what was still ahead."""
        ahead = deque(read_behaviour(text, self._allowed) for text in texts)
        with self._lock:
            self._ahead = ahead

    def next(self) -> Behaviour:
        with self._lock:
            if not self._ahead:
                return HONEST
            behaviour, left = self._ahead.popleft()
            if left != 1:
                self._ahead.appendleft((behaviour, left if left < 0 else left - 1))
            return behaviour


def read_behaviour(text: str, names: Mapping[str, bool] = _NAMES) -> tuple[Behaviour, int]:
    """A behaviour and how many times, -1 for ever. ``names``: those there are, and whether each has an argument."""
    found = _WRITTEN.match(text)
    name, argument = (found["name"], found["argument"] or "") if found else ("", "")
    if found is None or name not in names or bool(argument) != names[name]:
        raise SettingsError("simulator-behaviour", behaviour=text)
    if argument and not _ARGUMENTS.get(name, _SECONDS).match(argument):
        raise SettingsError("simulator-behaviour", behaviour=text)
    times = int(found["times"] or -1) if found["star"] else 1
    return Behaviour(name, argument), times or 1
