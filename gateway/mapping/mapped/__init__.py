"""What a hospital's own mapping file places, whatever its systems write: a table, JSON, a view.

A reader (adapters/tabular, adapters/json_record) turns its form into a MappedRecord: fields, each with its name and
its place. From there on nothing knows of tables or trees.

file         the mapping file (TOML): its schema, every error with line and path
toml_lines   on which line of a TOML text something stands
record       a record as its reader gives it
parts        the resources that rows may speak of, what R4 asks of each, how they are tied
datatypes    a written value to a FHIR value
results      value, unit and reference range of one result, which only mean something together
dates        dates in declared forms, never guessed
translation  rows over a record: drafts, lineage, the account
"""
