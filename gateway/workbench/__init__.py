"""The author's bench: what holds an adapter or a mapping file to its law, and shows what it makes of a sample.

samples    the files it is tried with
seen       all that may be seen of one translation, so that two can be compared
altered    a payload with one word of it changed, or gone: what follows which bytes
watched    what a translation does beside translating: clocks, chance, files, network
law        the clauses of gateway.adapter, each tried on samples
expected   what a sample becomes, written down and compared
"""
