# make demo | make test | make prove | make lint | make bench | make picture
PYTHON ?= python3
export PYTHON

.PHONY: demo test prove lint bench picture setup system clean

demo: setup
	@.venv/bin/python -m scripts.demo

test: setup system
	.venv/bin/python -m pytest -n auto -m "not prove"

prove: setup system
	.venv/bin/python -m pytest -n auto

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup
	.venv/bin/python -m benchmarks.scan
	.venv/bin/python -m benchmarks.rescan
	.venv/bin/python -m benchmarks.lookup
	.venv/bin/python -m benchmarks.formats

picture: setup
	.venv/bin/python -m scripts.picture

setup:
	@scripts/setup

system:
	@scripts/system

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .demo
