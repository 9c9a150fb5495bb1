"""What several tests look at and none changes, made once in a run, whichever worker comes first."""

from __future__ import annotations

import os
import pickle
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

FOLDER = "TEST_MADE_ONCE"  # the run's own folder, named for its workers and removed at its end

Made = TypeVar("Made")


def once(name: str, make: Callable[[], Made]) -> Made:
    """What ``make`` gives, pickled under ``name`` for the other workers of the run; made anew outside of a run.

    Two workers that ask at the same time make it both: waiting would cost as much.
    """
    folder = os.environ.get(FOLDER)
    if folder is None:
        return make()
    kept = Path(folder, name)
    if not kept.exists():
        made = make()
        written = kept.with_name(f"{name}.{uuid.uuid4().hex}")
        written.write_bytes(pickle.dumps(made))
        written.replace(kept)
        return made
    found: Made = pickle.loads(kept.read_bytes())  # noqa: S301  # the run's own
    return found
