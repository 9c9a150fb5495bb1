"""What the documents tell a reader to type: fenced blocks, and the `gateway …` commands in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.blueprint import ROOT, documents

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HERE = re.compile(r"(?<= <<'END'\n).*?^END$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(gateway [^`]+)`")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=")
_ENDS = frozenset({"|", "||", "&&", ";", "&", ">", "2>", "<"})


def fences(document: Path, *languages: str) -> list[str]:
    """The fenced blocks of a document, of the named languages or of all."""
    found = _FENCE.findall((ROOT / document).read_text(encoding="utf-8"))
    return [text for language, text in found if not languages or language in languages]


def shell_lines(document: Path) -> list[str]:
    """The command lines of a document's ``sh`` blocks, and of ``console`` blocks after their ``$``; no comments."""
    typed_in = [line for block in fences(document, "sh") for line in _joined(block)]
    after_prompt = [
        line[1:].strip() for block in fences(document, "console") for line in _joined(block) if line[:1] == "$"
    ]
    return [line for line in (*typed_in, *after_prompt) if line and not line.startswith("#")]


def _joined(block: str) -> list[str]:
    """Its lines, continued ones as one; what is written into a file (``<<'END'``) is none of the shell's."""
    return [line.strip() for line in _HERE.sub("", block).replace("\\\n", " ").splitlines()]


def typed(document: Path) -> list[list[str]]:
    """The `gateway` commands of a document's ``sh`` blocks, as their arguments: to be typed as they stand."""
    return [arguments for line in shell_lines(document) for arguments in gateway_commands(line)]


def mentioned(document: Path) -> list[list[str]]:
    """The `gateway` commands spoken of inside a sentence, which may leave arguments out."""
    text = _BLOCK.sub("", (ROOT / document).read_text(encoding="utf-8"))
    return [arguments for code in _INLINE.findall(text) for arguments in gateway_commands(code)]


def gateway_commands(line: str) -> list[list[str]]:
    """The arguments of each `gateway` called in a line of shell, redirections and pipes cut off."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[list[str]] = []
    words = [word for word in lexer if not _VARIABLE.match(word) and word != "2"]  # the 2 of 2>
    for place, word in enumerate(words):
        begins = place == 0 or words[place - 1] in _ENDS or words[place - 1] in {"(", "sudo", "$("}
        if word == "gateway" and begins:
            ends = (at for at, other in enumerate(words) if at > place and (other in _ENDS or other in {"(", ")"}))
            found.append(words[place + 1 : next(ends, len(words))])
    return found


def own_documents() -> list[Path]:
    """Every document that may show a command; the dated records of decisions aside."""
    return [path for path in documents() if "decisions" not in path.parts]
