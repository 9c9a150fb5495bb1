"""The main job, end to end, as strangers would do it.

job        the steps, in order
site       one gateway: its commands, its calls, its process
collected  what systems have that cannot send: a file, a view, an archive
"""
