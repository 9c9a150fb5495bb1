"""FHIRPath 1.0 as R4's invariants use it, compiled to Python closures.

http://hl7.org/fhirpath/2018Sep/ (the version R4 names) with FHIR's additions
(https://hl7.org/fhir/R4/fhirpath.html). :func:`compile_text` turns a text into an
:class:`Expression` once; evaluating it on a node costs microseconds.
"""

from gateway.r4.fhirpath.compiler import compile_text
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression
from gateway.r4.fhirpath.nodes import Environment, Node, NodeType

__all__ = ["Environment", "Expression", "FhirPathError", "Node", "NodeType", "compile_text"]
