"""CDS Hooks: a hook of a hospital's own software → verdicts on what is being ordered → cards.

    hook.py (read) → who.py (whose results) → gateway.prior (verdicts) → card.py (written) → answering.py (kept, shown)

https://cds-hooks.hl7.org/2.0/ and 1.0. No address that a client names is ever fetched.
"""
