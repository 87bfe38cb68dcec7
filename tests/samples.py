"""Where the shared samples are: real files with known truth, here and in CI, and not on a user's machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SAMPLES = Path(os.environ.get("GALLRA_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "samples")
DOCUMENTS = SAMPLES / "documents"
TRUTH = SAMPLES / "truth"

WHY = "the shared samples are not on this machine"
needs_samples = pytest.mark.skipif(not TRUTH.is_dir(), reason=WHY)
