"""``python -m tests.hl7v2.safety``: what came of each case that is not as expected."""
from tests.hl7v2.safety.outcomes import expected, outcome
from tests.hl7v2.safety.cases import subjects
import sys
for subject in subjects():
    for case in subject.cases:
        if len(sys.argv)>1 and not case.name.startswith(sys.argv[1]): continue
        got, want = outcome(case), expected(case)
        if got != want:
            print(case.name, "|", case.words, "|", case.danger)
            for name in want.__dataclass_fields__:
                if getattr(got,name)!=getattr(want,name): print("    ", name, "got", getattr(got,name), "\n      ", " "*len(name), "want", getattr(want,name))
