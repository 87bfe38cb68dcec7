"""Texts in which one person stands among others, with what must be left of them; no code under test is asked."""

from __future__ import annotations

import random
from dataclasses import dataclass

MARK = "[raderad]"
_HERS = [
    "Anna Andersson", "Andersson, Anna", "ANNA@KUND.EXAMPLE", "anna@kund.example", "anna+lista@kund.example",
    "070-123 45 67", "+46 70 123 45 67", "0046701234567", "19811218-9876", "811218-9876", "K-1001",
    "SE45 5000 0000 0583 9825 7466", "Storgatan 1, 752 31 Uppsala",
]  # fmt: skip
_OTHERS = [
    "Johanna Andersson", "Anna Svensson", "joanna@kund.example", "anna@kund.example.net", "070-123 45 68",
    "1070-1234567", "19811218-9884", "K-10012", "Norra Storgatan 1, 752 31 Uppsala", "Bengt Ek", "Åsa Öberg", MARK,
    "mötet", "kl. 10.30", "100 000 kr", "—", "familjen Andersson hälsar", "så sade Anna igen",
]  # fmt: skip
_JOINTS = [". Och ", " / och: ", "; ", " \t* ", "  ...  ", "\n", "\r\n", "\r\n\r\n> ", "\n\t- "]


@dataclass(frozen=True)
class Made:
    data: bytes
    after: bytes
    hers: int  # how often she stands there


def make(rng: random.Random, passages: int) -> Made:
    """A text of so many passages, hers among them: any encoding and mix of line ends."""
    codec = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252"])
    before, after, hers = "Början å ä ö: mötet hölls.\n", "Början å ä ö: mötet hölls.\n", 0
    for _ in range(passages):
        is_hers = rng.random() < 0.3
        text = rng.choice(_HERS if is_hers else _OTHERS)
        if codec == "cp1252":
            text = text.replace("—", "–")
        joint = rng.choice(_JOINTS)
        before, after, hers = before + text + joint, after + (MARK if is_hers else text) + joint, hers + is_hers
    return Made(_encoded(before, codec), _encoded(after, codec), hers)


def _encoded(text: str, codec: str) -> bytes:
    if codec == "utf-16-be-bom":
        return b"\xfe\xff" + text.encode("utf-16-be")
    return b"\xff\xfe" + text.encode("utf-16-le") if codec == "utf-16" else text.encode(codec)
