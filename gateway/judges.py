"""Judging in processes of its own, beside the one that serves.

Translating, checking and signing compute, and Python computes on one core a process: done
here, they leave the serving process free to answer and to store, and a payload that takes
its judge down, or never ends, takes nothing else with it. A judge holds no database and no
socket but the pair to its gateway, ignores the signals of a stop, and ends when that pair closes.

A payload that finds no judge free within PATIENCE is judged where it is: a large one delays nobody.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain, count, repeat
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from time import perf_counter
from typing import Literal

import structlog

from gateway import steps
from gateway.errors import GatewayError, JudgeLost
from gateway.installed import running_adapters
from gateway.judgement import Asked, Judge, Judgement
from gateway.logs import frames, hear_the_rest, write_logs
from gateway.profile_sources import profiles_in_force
from gateway.settings import Settings
from gateway.terminology.telling import Hearer, Teller
from gateway.terminology.terms import NOTHING_DECIDED

log = structlog.get_logger()

Where = Literal["beside", "here"]

PATIENCE = 0.1  # seconds a payload waits for a judge
STARTING = 60  # seconds until a judge that was started must be ready
AGAIN = (1, 5, 30)  # seconds before another is started in place of one that could not be; then always the last
NICENESS = 5  # whoever asks for results, and what is to be stored, goes before what comes in
COLLECTED = 500  # judgements between two looks for garbage
END = 2  # seconds a judge has to end when its gateway does


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a judge says: a judgement, or the error that it ended with; and how long each step took, seconds."""

    judgement: Judgement | None
    error: GatewayError | None
    steps: tuple[tuple[steps.Step, float], ...]


class _Beside:
    """One judge: its process and the way to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.judges", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._way: Connection = Connection(ours.detach())
        self._teller = Teller()

    def ready(self, settings: Settings, passphrase: str) -> bool:
        """True as soon as it judges; False when it has ended, or takes too long."""
        with suppress(EOFError, OSError):
            self._way.send((settings, passphrase))
            return self._way.poll(STARTING) and self._way.recv() is None
        return False

    def ask(self, asked: Asked, seconds: float) -> _Answer:
        """JudgeLost when it ends over the payload, or has no answer in that time."""
        try:
            told = self._teller.tell(asked.facility.code, asked.terms)
            self._way.send((replace(asked, terms=NOTHING_DECIDED), told))
            if not self._way.poll(seconds):
                raise JudgeLost("judge-too-slow")
            answer: _Answer = self._way.recv()
        except (EOFError, OSError):
            raise JudgeLost("judge-lost") from None
        return answer

    def end(self) -> None:
        """By closing the way: it ends by itself, or is killed. Whoever waits for its answer hears at once."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._way.fileno())) as way:
            way.shutdown(socket.SHUT_RDWR)  # not closed: another thread may be reading
        try:
            self.process.wait(END)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Judges:
    """``settings.judges`` processes that judge, and ``here``, a judge of this process, for what finds none free."""

    def __init__(self, settings: Settings, passphrase: str, here: Judge) -> None:
        self._settings = settings
        self._passphrase = passphrase
        self._here = here
        self.told: Callable[[Where], None] = lambda where: None  # hears where each payload was judged
        self._free: LifoQueue[_Beside] = LifoQueue()
        self._gate = threading.Lock()
        self._all: set[_Beside] = set()
        self._closed = threading.Event()
        for _ in range(settings.judges):
            self._start()

    def judge(self, asked: Asked) -> Judgement:
        """As Judge.judge. JudgeLost (503) when the payload took its judge down: it is not tried here then."""
        one = self._free_one()
        self.told("here" if one is None else "beside")
        if one is None:
            return self._here.judge(asked)
        try:
            answer = one.ask(asked, self._settings.request_seconds)
        except BaseException as lost:
            rule = lost.issues[0].rule if isinstance(lost, GatewayError) else type(lost).__name__
            self._lose(one, rule)
            raise
        self._free.put(one)
        for step, took in answer.steps:
            steps.reached(step, took)
        if answer.error is not None:
            raise answer.error
        if answer.judgement is None:
            raise GatewayError("judge-fault")
        return answer.judgement

    def _free_one(self) -> _Beside | None:
        with suppress(Empty):
            if self._all:  # else none runs: nobody waits for what cannot come
                return self._free.get(timeout=PATIENCE)
        return None

    @property
    def processes(self) -> list[int]:
        """Ids of the judging processes that run, those not yet ready included."""
        with self._gate:
            return sorted(one.process.pid for one in self._all)

    def close(self) -> None:
        """Every judge ends; what is asked from now on is judged here."""
        self._closed.set()
        with self._gate:
            standing, self._all = self._all, set()
        for one in standing:
            one.end()

    def _lose(self, one: _Beside, rule: str) -> None:
        log.error("judge-lost", rule=rule, process=one.process.pid)
        one.kill()
        with self._gate:
            self._all.discard(one)
        self._start()

    def _start(self) -> None:
        threading.Thread(target=self._started, name="judge-start", daemon=True).start()

    def _started(self) -> None:
        """A new judge, as soon as it is ready; until then, and while none can be started, all is judged here."""
        for pause in chain(AGAIN, repeat(AGAIN[-1])):
            one = _Beside()
            with self._gate:
                self._all.add(one)
            ready = one.ready(self._settings, self._passphrase)
            if ready and not self._closed.is_set():
                self._free.put(one)
                return
            one.kill()
            with self._gate:
                self._all.discard(one)
            if self._closed.is_set():
                return
            log.error("judge-not-started", exit=one.process.returncode)
            if self._closed.wait(pause):
                return


# ---- in a judge's process ---------------------------------------------------------------


def sit(descriptor: int) -> None:
    """Judge what comes by the socket of that number, one payload after another, until it closes."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a stop finishes what is under way: the gateway ends its judges
    os.nice(NICENESS)
    way: Connection = Connection(descriptor)
    settings, passphrase = way.recv()
    write_logs(settings)
    hear_the_rest()
    profiles = profiles_in_force(settings.profiles)
    judge = Judge(running_adapters(settings.adapters), settings.public_url, passphrase, profiles)
    times = _Times()
    steps.listen(times)
    leave_garbage()
    way.send(None)
    hearer = Hearer()
    with suppress(EOFError, ConnectionError):
        for judged in count(1):
            asked, told = way.recv()
            terms = hearer.hear(asked.facility.code, told)
            way.send(_answer(judge, replace(asked, terms=terms), times))
            if judged % COLLECTED == 0:
                gc.collect()


def leave_garbage() -> None:
    """A judgement leaves nothing that only the collector would find, and looking for it in the middle of one takes
    longer the more the memory for what comes again has grown: a judge looks for it now and then, in between."""
    gc.freeze()
    gc.disable()


def _answer(judge: Judge, asked: Asked, times: _Times) -> _Answer:
    times.begin()
    try:
        return _Answer(judge.judge(asked), None, times.taken())
    except GatewayError as told:
        return _Answer(None, told, times.taken())
    except Exception as fault:  # ours; what it says may hold a value
        log.error("judge-fault", error=type(fault).__name__, frames=frames(fault.__traceback__))
        return _Answer(None, None, times.taken())


class _Times:
    """A listener of steps: how long each took."""

    def begin(self) -> None:
        self._last = perf_counter()
        self._taken: list[tuple[steps.Step, float]] = []

    def taken(self) -> tuple[tuple[steps.Step, float], ...]:
        return tuple(self._taken)

    def __call__(self, step: steps.Step, took: float | None = None) -> None:
        now = perf_counter()
        self._taken.append((step, now - self._last))
        self._last = now


if __name__ == "__main__":  # what is pickled belongs to the module by its name, not to __main__
    import_module("gateway.judges").sit(int(sys.argv[1]))
