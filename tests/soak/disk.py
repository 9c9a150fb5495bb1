"""A small disk of the soak's own (tmpfs), so that filling it fills nothing else."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.soak.network import NotAllowed

SIZE = 2048  # MiB: PostgreSQL keeps up to 1 GiB of its log before a checkpoint, beside the two databases


class Disk:
    """Mounted at ``folder``. It forgets at a power cut; at kill -9 it keeps what any disk does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Not a byte more."""
        with self._ballast.open("ab", buffering=0) as file:
            for piece in (1 << 20, 1 << 12):
                try:
                    while file.write(bytes(piece)):
                        pass
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "soak", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        raise NotAllowed(f"a disk to fill could not be mounted: {mounted.stderr.strip()}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
