"""Where data lives, and where copies of it do. The ground floor: imports nothing from `config` or `scanner`.

The contract of a source is `base.py`, that of a backup is `backups/base.py`. `conformance` and `backups/conformance`
say whether they are kept.
"""
