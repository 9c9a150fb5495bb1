"""``make fuzz``: search for so many minutes, beginning with the samples and with what earlier runs found worth keeping.

Exit 1 when an input broke a property: it lies in ``build/fuzz/found`` with a word on what it broke. Mend it, make
it small, and keep it in ``tests/fuzz/found``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "fuzz"
LIMITS = ["-max_len=16384", "-timeout=60", "-rss_limit_mb=2000"]  # bytes, seconds for one input, memory


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", type=int, default=0, help="of libFuzzer; 0: another each time")
    given = asked.parse_args()
    found, corpus, seeds = FOLDER / "found", FOLDER / "corpus", FOLDER / "seeds"
    shutil.rmtree(found, ignore_errors=True)
    for folder in (found, corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "adapters" / "hl7v2" / "samples").glob("*.hl7"):
        shutil.copy(file, seeds)
    limits = [*LIMITS, f"-max_total_time={int(given.minutes * 60)}", f"-seed={given.seed}"]
    command = [sys.executable, "-m", "tests.fuzz.target", str(found), *limits, f"-artifact_prefix={found}/"]
    ended = subprocess.run([*command, str(corpus), str(seeds)], cwd=ROOT)
    broken = sorted(file for file in found.iterdir() if file.suffix != ".txt")
    for file in broken:
        word = file.with_suffix(".txt")
        sys.stdout.write(f"{file}: {word.read_text('utf-8').strip() if word.exists() else 'hang or memory'}\n")
    return 1 if broken or ended.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
