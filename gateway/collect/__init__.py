"""Door: fetches payloads where a hospital's systems cannot send them, and posts them to a gateway as its client.

A process of its own (``gateway collect``), on the hospital's side or beside the gateway. What it
fetched counts as taken when the gateway has answered that it stands there, and not before; the
same payload twice changes nothing there, so whatever was under way when a collector died is done again.
"""
