"""Address books on CardDAV servers (RFC 6352): a card is an item."""

from __future__ import annotations

from typing import ClassVar

from connectors.base import Option
from connectors.dav.account import ADDRESS_BOOKS, Flavour
from connectors.dav.settings import options
from connectors.dav.source import Dav


class CardDav(Dav):
    """The address books of one account. A card's path is its address at the server, as ``/anna/kort/1.vcf``."""

    kind: ClassVar[str] = "carddav"
    options: ClassVar[tuple[Option, ...]] = options("addressbooks", "address books")
    flavour: ClassVar[Flavour] = ADDRESS_BOOKS
    chosen_by: ClassVar[str] = "addressbooks"
