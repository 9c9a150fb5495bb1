"""The one catalogue of sentences for people, in English and Vietnamese.

Every rule that can refuse, hold or remark has a key (``bhyt-envelope-truncated``) and, in
one of the TOML files of this folder, a sentence in each language. A sentence may name
places and rules through ``{parameters}``; it never carries a value of a patient.
A rule of a published specification has beside its sentences ``see``, the address where it is stated.
An adapter of another package registers a file of its own with :func:`register`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = ("en", "vi")

_folders: list[Path] = [Path(__file__).parent]


def register(path: Path) -> None:
    """Add a TOML file (``[key] en = "…" vi = "…" see = "…"``) or a folder of them to the catalogue."""
    if path not in _folders:
        _folders.append(path)
        catalogue.cache_clear()


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Every sentence: key → language → text, and ``see`` → address. Two files with one key is an error."""
    found: dict[str, dict[str, str]] = {}
    for folder in _folders:
        for file in [folder] if folder.is_file() else sorted(folder.glob("*.toml")):
            for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if key in found:
                    raise ValueError(f"message {key} stands in two files, the second is {file.name}")
                found[key] = texts
    return found


def sentence(key: str, language: str = "en", /, **parameters: object) -> str:
    """The sentence for ``key``; an unknown key is its own sentence, so that no refusal is mute."""
    texts = catalogue().get(key)
    if texts is None:
        return key
    text = texts.get(language) or texts["en"]
    if not parameters and "{" not in text:
        return text
    return text.format_map(_Told((name, _in(language, value)) for name, value in parameters.items()))


def _in(language: str, value: object) -> str:
    """A parameter that is said in several languages (``{"en": …, "vi": …}``) in the one asked for."""
    return str(value.get(language) or value["en"]) if isinstance(value, dict) else str(value)


def address(key: str) -> str | None:
    """Where the specification states the rule; None for a rule that is the gateway's own."""
    return catalogue().get(key, {}).get("see")


class _Told(dict[str, str]):
    """The parameters of a sentence; one that was forgotten shows as a gap, not as a crash of the refusal."""

    def __missing__(self, _name: str) -> str:
        return "…"
