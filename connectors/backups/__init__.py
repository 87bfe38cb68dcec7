"""Copies of sources: snapshots, archives and mirrors, from which a person can be taken out.

`base.py` is the contract, `memory.py` the smallest that keeps it. A kind is a module (`restic.py`) with its parts
beside it (`restic_*.py`): what is listed, read, noted, rewritten, reclaimed and proven. Whatever deletes takes exact
paths or ids, never a pattern, and looks before and after.
"""
