"""Registers: which columns of a table hold what, as configured or as proposed."""
