"""Who may sign for which facility and when: keys, signing, verifying, evidence.

Judges only: values in, values out; no clock, no file, no database. ``verify.py`` holds the
ten numbered steps, ``message.py`` what is signed, ``docs/signature.md`` both in words.
"""
