"""The index: what was seen where, kept so that only who has the key can read it."""
