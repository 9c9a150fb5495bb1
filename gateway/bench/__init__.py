"""``gateway bench``: how fast the gateway is, measured from outside, as a user would run it.

Each benchmark starts ``gateway serve`` with its default settings, drives it over HTTP from a
client on the same machine, and prints figures beside their targets. The data are made up from
a seed and mean nobody.
"""
