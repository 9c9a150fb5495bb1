"""The kinds of collectors there are, by the name of their tables in a file."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.collect.folder import FolderSchema, watched
from gateway.collect.pacs import PacsSchema, archive
from gateway.collect.view import ViewSchema, read_view
from gateway.collect.written import Kind

KINDS: Mapping[str, Kind] = {
    "folder": Kind(FolderSchema, watched),
    "pacs": Kind(PacsSchema, archive),
    "view": Kind(ViewSchema, read_view),
}
