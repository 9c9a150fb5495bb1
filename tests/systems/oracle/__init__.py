"""HL7's reference validator as the judge of the gateway's own check. ``make oracle``."""
