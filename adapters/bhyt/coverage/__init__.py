"""Where each field of the newest decision goes, shown by records: set to one value, then to another.

witnesses   mappings/bhyt/coverage/XMLn.toml: records of a table, with the two values of each field
trial       a record as a payload, translated twice, and what changed where lineage names the field
account     every field of every table: honoured, deliberately not, not yet
"""
