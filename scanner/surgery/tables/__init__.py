"""Tables: rows leave, and all other bytes stay."""
