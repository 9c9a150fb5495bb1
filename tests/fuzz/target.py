"""The process that libFuzzer drives: ``python -m tests.fuzz.target FOUND [libFuzzer's options]``.

An input that breaks a property is written once into the folder FOUND, under a name made of what it broke, and the
search goes on; a hang or memory beyond the limit ends the process, and libFuzzer writes its input there.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["adapters.hl7v2", "gateway.mapping", "gateway.mllp"]):
    from tests.fuzz.properties import Broken, hold

from tests.fuzz.mutations import mutated

SEEDS = tuple(
    file.read_bytes() for file in sorted((Path(__file__).parents[2] / "adapters/hl7v2/samples").glob("*.hl7"))
)


def main() -> None:
    found = Path(sys.argv.pop(1))
    seen: set[str] = set()

    def one(data: bytes) -> None:
        try:
            hold(data)
        except Broken as broken:
            told = str(broken)
            if told in seen:
                return
            seen.add(told)
            name = hashlib.sha256(told.encode()).hexdigest()[:12]
            (found / f"{name}.hl7").write_bytes(data)
            (found / f"{name}.txt").write_text(told + "\n", "utf-8")
            sys.stderr.write(f"BROKEN: {told}\n")

    def changed(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)  # noqa: S311  # repeatable on purpose, no secret
        if random.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, random.choice(SEEDS), random)[:most]

    atheris.Setup(sys.argv, one, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
