"""A first mapping file for a form nobody has read yet: every line of it a guess, and marked as one.

names     what columns are called, and what each is then (mappings/proposal/columns.toml)
shapes    what a column's values have in common: dates of one form, numbers, few words
guessing  columns to rows
text      rows to a mapping file in TOML, each guess with its reason
made_up   the same table with nobody's data in it
"""
