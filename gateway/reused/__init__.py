"""What came of verdicts: results that were used again, corrections of them, tests not repeated.

question    what was asked of one order, as it is kept to be asked again. Pure
provenance  an accepted reuse as a FHIR Provenance on the order. Pure
signed      a statement of the gateway's or a facility's as an exchange, signed as every other
acceptance  the flow: judge anew → sign → keep → route
"""
