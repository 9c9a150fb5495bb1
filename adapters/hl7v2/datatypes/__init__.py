"""HL7 v2 datatypes to FHIR datatypes, one family a file; ``converters`` is the table rows name them by."""
