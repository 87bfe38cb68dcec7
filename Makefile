# make demo | make test | make prove | make lint | make bench | make picture
PYTHON ?= python3
export PYTHON

.PHONY: demo test prove lint bench picture setup clean

demo: setup
	@.venv/bin/python -m scripts.demo

test: setup
	.venv/bin/python -m pytest -n auto -m "not prove"

prove: setup
	.venv/bin/python -m pytest -n auto

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup
	.venv/bin/python -m benchmarks.scan
	.venv/bin/python -m benchmarks.rescan
	.venv/bin/python -m benchmarks.lookup

picture: setup
	.venv/bin/python -m scripts.picture

setup:
	@scripts/setup

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .demo
