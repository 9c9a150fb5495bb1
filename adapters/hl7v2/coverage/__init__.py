"""How much of HL7's Version 2 to FHIR maps is honoured, row by row, shown by messages.

extract     HL7's own files to mappings/hl7v2/ig (run by hand)
ig          the rows of HL7's segment maps, and which message uses which
witnesses   mappings/hl7v2/coverage: for each row what a message says and what must then be seen, or why not
templates   a plain valid message of each structure, with a place for each segment
trial       a witness put into a message, translated, and looked at
account     every row of every message: honoured, deliberately not, not yet
"""
