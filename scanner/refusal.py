"""What gallra refuses to do, with the reason, the next step and the documented exit code (design: 7)."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Nothing was done. The text is for the user and holds no personal data."""

    exit_code: ClassVar[int] = 4
