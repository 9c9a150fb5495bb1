"""Pages for people: a clinician signs in, says on which basis, and reads a patient's earlier results.

HTML made here, in Vietnamese or English; every page works without a script. docs/console.md.
"""
