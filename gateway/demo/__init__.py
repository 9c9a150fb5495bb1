"""The main job, end to end, as strangers would do it.

job        the steps, in order
site       one gateway: its commands, its calls, its process
commands   what is typed at a site, in one process
archive    an image archive, a real one where it can be had
reused     an order, a card, an accepted reuse, an alert, the report
collected  what systems have that cannot send: a file, a view, an archive
"""
