"""Text -> identifiers, words, and the matching of names. Pure: no I/O but two tables."""
