"""Formats: bytes to records, one module a family. `registry` knows them, `sniff` tells which one a blob needs."""
