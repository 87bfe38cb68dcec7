# make demo | make test | make prove | make guards | make lint | make bench | make picture
PYTHON ?= python3
export PYTHON
# One more than there are cores: many tests wait for a server, and would leave a core idle.
WORKERS ?= $(shell echo $$(( $$(nproc) + 1 )))

.PHONY: demo test prove guards lint bench picture setup system clean

demo: setup
	@.venv/bin/python -m scripts.demo

test: setup system
	.venv/bin/python -m pytest -n $(WORKERS) -m "not prove"

prove: setup system
	.venv/bin/python -m pytest -n $(WORKERS)

# Takes each guard out of a copy of the project and demands that a test goes red; `make prove` does it too.
guards: setup system
	.venv/bin/python -m scripts.guards

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup
	.venv/bin/python -m benchmarks.scan
	.venv/bin/python -m benchmarks.rescan
	.venv/bin/python -m benchmarks.imap
	.venv/bin/python -m benchmarks.lookup
	.venv/bin/python -m benchmarks.formats
	.venv/bin/python -m benchmarks.erase

picture: setup
	.venv/bin/python -m scripts.picture

setup:
	@scripts/setup

system:
	@scripts/system

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .demo
