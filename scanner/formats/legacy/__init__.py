"""Office of before 2007."""
