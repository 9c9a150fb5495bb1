"""The example adapter of docs/, imported from its own folder; its sentences leave the catalogue with it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from gateway import messages
from tests.blueprint import ROOT

PACKAGE = ROOT / "docs" / "examples" / "glucometer"
SAMPLES = PACKAGE / "glucometer" / "samples"


@contextmanager
def glucometer() -> Iterator[ModuleType]:
    before = list(messages._folders)
    place = PACKAGE / "glucometer" / "__init__.py"
    spec = importlib.util.spec_from_file_location("glucometer", place, submodule_search_locations=[str(place.parent)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["glucometer"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["glucometer"]
    messages._folders[:] = before
    messages.catalogue.cache_clear()
