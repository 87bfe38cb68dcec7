"""Routine culling: what a `[[cull]]` rule says may go, planned like a case, and erased by the same executor."""
