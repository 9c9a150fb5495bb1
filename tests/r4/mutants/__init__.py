"""Valid resources, each broken in one place: does the check see every kind of rule?"""

from tests.r4.mutants.edits import Edit
from tests.r4.mutants.generator import KINDS, Mutant, mutants_of

__all__ = ["KINDS", "Edit", "Mutant", "mutants_of"]
