"""FHIRPath as R4 has it, compiled to Python closures.

http://hl7.org/fhirpath/2018Sep/ (the version R4 names) with FHIR's additions
(https://hl7.org/fhir/R4/fhirpath.html). :func:`compile_text` turns a text into an
:class:`Expression` once; evaluating it on a node costs microseconds.

Expressions may come from outside, with a profile. Reading and evaluating one is bounded, whatever it says and
whatever it is asked of, and fails with :class:`FhirPathError` alone. That is also the answer to what cannot be
decided: it becomes a warning, never a refusal.
"""

from gateway.r4.fhirpath.compiler import compile_text
from gateway.r4.fhirpath.errors import FhirPathError, Undecided
from gateway.r4.fhirpath.expression import Expression
from gateway.r4.fhirpath.nodes import Environment, Node, NodeType

__all__ = ["Environment", "Expression", "FhirPathError", "Node", "NodeType", "Undecided", "compile_text"]
