"""Customer registers: tables whose rows are persons'."""
