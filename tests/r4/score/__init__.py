"""How right the R4 check is: on HL7's validator cases, on official examples, and on mutants."""
