"""``gateway`` commands one after another in one process, for a program that gives many.

``python -m gateway.cli.line_by_line`` reads a command's arguments as a line of JSON and answers with a line: exit code,
stdout and stderr. It ends where its input ends. The settings are those it was started with.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from gateway.cli import main


def _typed(arguments: list[str]) -> tuple[int, str, str]:
    """As at a terminal: main reads sys.argv, and always leaves by SystemExit or by its end."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.argv = ["gateway", *arguments]
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    out.flush()
    err.flush()
    return code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def _answer() -> None:
    asked, answers = sys.stdin, sys.stdout
    sys.stdin = io.TextIOWrapper(io.BytesIO())  # no command reads what stands in this line of commands
    for line in asked:
        answers.write(json.dumps(_typed(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    _answer()
