"""Files out of an archive or a folder."""

from __future__ import annotations

import tarfile
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
EXAMPLES = DATA / "r4-examples.tgz"
CASES = DATA / "validator-cases.tgz"


def json_files(source: Path) -> dict[str, bytes]:
    """Name without folder → content, of every ``.json`` file in a ``.tgz`` or a folder."""
    if source.is_dir():
        return {path.name: path.read_bytes() for path in sorted(source.rglob("*.json"))}
    found = {}
    with tarfile.open(source) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(".json") else None
            if content is not None:
                found[Path(member.name).name] = content.read()
    return dict(sorted(found.items()))
