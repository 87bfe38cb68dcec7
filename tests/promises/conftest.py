"""The small company that most promises are kept to."""

from __future__ import annotations

import pytest

from tests.conftest import Desk
from tests.little import Little, little


@pytest.fixture
def company(desk: Desk) -> Little:
    """Written and scanned: two customers, their folders, a list of both, three mails."""
    return little(desk)
