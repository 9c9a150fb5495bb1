"""One change in one place of a resource, and the JSON text with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.jsontext import dumps

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Where and what: a property or item ``set`` (new or replaced), ``removed``, or written ``twice``.

    ``path`` leads from the resource to the property or item; for ``text`` it is empty and ``value``
    the whole broken text.
    """

    action: Literal["set", "remove", "twice", "text"]
    path: Path
    value: Any = None

    @property
    def place(self) -> str:
        """The path as people write it: ``entry[0].resource.id``."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path).lstrip(".")


def added(path: Path, value: dict[str, Any], key: str, item: Any) -> Edit:
    """``item`` at the end of the array ``key`` of the object ``value``, which stands at ``path``."""
    before = value.get(key)
    return Edit("set", (*path, key, len(before)), item) if before else Edit("set", (*path, key), [item])


def applied(edit: Edit, resource: dict[str, Any]) -> bytes:
    """The JSON text of the resource with the edit; the resource itself is left as it is."""
    if edit.action == "text":
        return bytes(edit.value)
    if edit.action == "twice":
        return _twice(resource, edit.path)
    return dumps(_changed(resource, edit.path, edit))


def _changed(value: Any, path: Path, edit: Edit) -> Any:
    """A copy along the path only; what lies beside it is shared."""
    step, rest = path[0], path[1:]
    made: Any = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        made[step] = _changed(value[step], rest, edit)
    elif edit.action == "remove":
        del made[step]
    elif isinstance(made, list) and step == len(made):
        made.append(edit.value)
    else:
        made[step] = edit.value
    return made


_MARK = "a-name-that-stands-nowhere-else"


def _twice(resource: dict[str, Any], path: Path) -> bytes:
    """The text in which the property at ``path`` stands a second time, at the end of its object."""
    again = _changed(resource, (*path[:-1], _MARK), Edit("set", path, _at(resource, path)))
    return dumps(again).replace(f'"{_MARK}"'.encode(), dumps(path[-1]), 1)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
