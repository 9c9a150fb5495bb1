"""The shell of a reader of the pages: the `gateway` command and curl on the path, no setting in the environment."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gateway.settings import environment_without_settings

_CURL = Path(__file__).with_name("curl.py")


def readers_environment(folder: Path, *, curl: str | None = shutil.which("curl")) -> dict[str, str]:
    """``folder`` is the test's own; it gets a ``curl`` when the machine has none."""
    path = [str(Path(sys.executable).parent)]
    if curl is None:
        path.insert(0, str(_stand_in(folder)))
    given = environment_without_settings()
    return given | {"PATH": os.pathsep.join([*path, given["PATH"]])}


def _stand_in(folder: Path) -> Path:
    place = folder / "bin"
    place.mkdir()
    made = place / "curl"
    made.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_CURL}" "$@"\n')
    made.chmod(0o755)
    return place
