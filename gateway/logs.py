"""Log lines: JSON, one an event, with time and level, on stderr; of every library too, and never a patient's value.

What our own code logs is chosen at the call: rules, ids, counts. What a library logs, and what an
exception says, may quote a request or a row: of these only the place in the code, the type and
numbers are written.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Any

import structlog

from gateway.settings import Settings

_FRAMES = 8  # of a traceback, the innermost


def write_logs(settings: Settings) -> None:
    """What our own code logs, from now on, in this process and those it forks."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def hear_the_rest() -> None:
    """What libraries log, warnings and exceptions that nobody catches become lines too, for good."""
    root = logging.getLogger()
    root.handlers = [Lines()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda ended: _uncaught(ended.exc_type, ended.exc_value, ended.exc_traceback)
    sys.unraisablehook = lambda lost: _uncaught(lost.exc_type, lost.exc_value, lost.exc_traceback)


class Lines(logging.Handler):
    """What libraries log (gunicorn, urllib3, warnings), as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, Any] = {"logger": record.name, "at": f"{record.module}:{record.lineno}"}
        if text := _safe_text(record):
            told["text"] = text
        raised = record.exc_info
        if raised and raised[0] is not None:
            told |= {"error": raised[0].__name__, "frames": frames(raised[2])}
        structlog.get_logger().log(record.levelno, "library", **told)


def _safe_text(record: logging.LogRecord) -> str:
    """The text where all that was put into it are numbers (process ids, exit codes); "" for any other."""
    args = record.args
    if isinstance(args, tuple) and args and all(isinstance(one, int | float) for one in args):
        return record.getMessage()
    return ""


def _uncaught(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
    """An exception nobody caught: its type and where it arose, not what it says."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return
    name = kind.__name__ if kind else "unknown"
    structlog.get_logger().critical("uncaught", error=name, frames=frames(trace))


def frames(trace: TracebackType | None) -> list[str]:
    """``module:line`` of the frames, innermost last: places, no values."""
    found = []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-_FRAMES:]
