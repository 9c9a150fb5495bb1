"""Which tests share a worker: those of a file whose fixtures are made once for all of them (a server, a wheel)."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

_ONCE = 'scope="module"'


class FilesOfOneFixture(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    """In place of xdist's own groups, which say nothing to it with pytest 9.2: it wrote them into a name of a test
    that is no more read, and a server that was meant to be started once was started by every worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if _ONCE in (self.config.rootpath / file).read_text("utf-8") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesOfOneFixture | None:
    here = Path(__file__).parent
    ours = all((config.invocation_params.dir / str(one).partition("::")[0]).is_relative_to(here) for one in config.args)
    return FilesOfOneFixture(config, log) if ours else None
