"""Data, tables and databases."""
