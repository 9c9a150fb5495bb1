"""``python -m tests.r4.score``: precision, recall and F1 of the R4 check. Writes to standard output."""

from __future__ import annotations

import argparse
from pathlib import Path

from gateway.r4 import check_json
from tests.r4.score import report
from tests.r4.score.archive import CASES, EXAMPLES, json_files
from tests.r4.score.cases import judged_cases
from tests.r4.score.examples import refused_examples
from tests.r4.score.mutants import judged_mutants

PARTS = ("cases", "examples", "mutants")


def main() -> None:
    """Prints the parts asked for, all by default."""
    asked = argparse.ArgumentParser(prog="python -m tests.r4.score", description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    asked.add_argument("--cases", type=Path, default=CASES, help="archive or folder of cases with expected.json")
    asked.add_argument("--examples", type=Path, default=EXAMPLES, help="archive or folder of examples")
    asked.add_argument("--seed", default="1")
    asked.add_argument("--of-each-type", type=int, default=8, help="examples broken of each resource type")
    asked.add_argument("--of-each-kind", type=int, default=1, help="mutants of each kind from one resource")
    asked.add_argument("--missed", type=int, default=3, help="missed mutants named of each kind")
    given = asked.parse_args()
    parts = given.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        asked.error(f"no such part: {', '.join(sorted(unknown))}")
    if "cases" in parts:
        report.tell_cases(list(judged_cases(json_files(given.cases), check_json)))
    examples = json_files(given.examples)
    if "examples" in parts:
        report.tell_examples(dict(refused_examples(examples, check_json)), len(examples))
    if "mutants" in parts:
        said = judged_mutants(
            examples, check_json, seed=given.seed, of_each_type=given.of_each_type, of_each_kind=given.of_each_kind
        )
        report.tell_mutants(said, given.missed)


if __name__ == "__main__":
    main()
