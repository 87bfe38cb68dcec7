"""Runnable comparisons with the tools people use today. Each is one command; see benchmarks/README.md."""
