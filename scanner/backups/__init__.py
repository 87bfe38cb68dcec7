"""Backups: what their snapshots hold, what of it follows which finding, and how it leaves them.

`walk.py` lists, `origins.py` places, `copies.py` decides, `batch.py` and `erasing.py` erase, `pending.py` keeps open
what is not proven, `expiry.py` says until when a backup may bring it back.
"""
