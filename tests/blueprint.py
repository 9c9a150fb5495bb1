"""The project as its own tests see it: which files it has and what their code says."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("gateway", "adapters", "mappings")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    names = {name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for name in names if (ROOT / (path := Path(name))).is_file()))


def programs(*folders: str) -> list[Path]:
    """The Python files in the named folders; all of the project's when none is named."""
    return [path for path in files() if path.suffix == ".py" and (not folders or path.parts[0] in folders)]


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def strings(node: ast.AST) -> Iterator[str]:
    """Every string constant in the code, parts of f-strings included."""
    for item in ast.walk(node):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield item.value
