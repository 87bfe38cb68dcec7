"""What helps to read one item beyond its bytes: passwords, a reader of pictures, and what was read before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scanner.remembered import Remembered

if TYPE_CHECKING:
    from PIL.Image import Image

    from config.model import Register

OCR = "ocr"
"""Among an item's formats: what was read hung on how pictures are read."""


class Ocr(Protocol):
    """Reads the text of pictures. `left` is how many more of them may be read for this item."""

    left: int

    def text(self, image: Image) -> str:
        """The picture's text, whichever way up it lies. Raises ReadError where it cannot be looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Aids:
    """`keys` are passwords to try, never stored or logged; without `ocr`, pictures are gaps.

    `registers` are those that the item falls under: see `scanner.registers.Registers.aids`.
    """

    keys: tuple[str, ...] = ()
    ocr: Ocr | None = None
    remembered: Remembered | None = None
    registers: tuple[Register, ...] = ()


NONE = Aids()
