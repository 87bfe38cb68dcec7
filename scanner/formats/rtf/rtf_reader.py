r"""RTF bytes to destinations: groups, control words, code pages and Unicode (RTF specification 1.9.1).

One pass over the bytes, without recursion. Braces that do not match, \bin that is longer than the file and text
after the end are read as far as they can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from scanner.formats import charset
from scanner.formats.rtf import rtf_codec
from scanner.formats.rtf.rtf_flow import DELETED, HIDDEN, INSERTED, Flow, Markup, Sink

_TOKEN = re.compile(rb"([^\\{}]+)|([{}])|\\'([0-9A-Fa-f]{2})|\\(.)(?<![A-Za-z])|\\([A-Za-z]+)(-?[0-9]{1,10})? ?", re.S)
_TEXT, _BRACE, _HEX, _SYMBOL = 1, 2, 3, 4
_UNSAID = b"\r\n\0"
_SAMPLE = 4096  # bytes that tell text from data
_DEPTH = 20_000  # groups in groups; deeper ones count as the one around them
_CHARACTERS: Final = {
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_SYMBOLS = {b"~": "\xa0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
_MARKS = {"line": "line", "softline": "line", "lbr": "line", "cell": "cell", "row": "row", "nestcell": "nestcell"}
_MARKS |= {"nestrow": "nestrow"} | dict.fromkeys(("par", "page", "sect", "column", "softpage", "softcol"), "par")
_FLAGS = {"deleted": DELETED, "revised": INSERTED, "v": HIDDEN}
_ENCAPSULATED = re.compile(rb"\\fromhtml1?(?![0-9])")


class State:
    """What a group inherits, and its end undoes."""

    __slots__ = ("codec", "flags", "level", "opened", "outer", "shown", "sink", "skip")

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.outer: Sink | None = None  # what \upr stands in
        self.codec: str | None = None  # of the font; None: the document's
        self.skip = 1  # \ucN: how many characters stand in for one \uN
        self.flags = 0
        self.level = 0  # tables around the paragraph
        self.opened = False  # the sink was opened by this very group
        self.shown = True  # not \htmlrtf

    def copy(self) -> State:
        """The state of a group inside."""
        other = State.__new__(State)
        other.sink, other.outer, other.codec, other.skip = self.sink, self.outer, self.codec, self.skip
        other.flags, other.level, other.opened, other.shown = self.flags, self.level, False, self.shown
        return other


class Reader:
    """Reads one file. `destination` tells what a group goes into, by its control word and number.

    It is asked with whether the word is starred too, and gives None for what is no destination.
    """

    def __init__(self, data: bytes, destination: Callable[[str, int, bool], Sink | None]) -> None:
        self.body: Flow | Markup = Markup() if _ENCAPSULATED.search(data, 0, 1024) else Flow()
        self.state = State(self.body)
        self._data = data
        self._destination = destination
        self._stack: list[State] = []
        self._deeper = 0  # groups beyond _DEPTH
        self._pending = bytearray()
        self._skipping = 0  # characters still to skip after \uN
        self._star = False
        self._fonts: dict[int, str | None] = {}
        self._font = 0  # in the font table: which is described
        self._first_font = 0
        self._codec = rtf_codec.DEFAULT
        self._nothing = Sink()
        self._font_table = Sink()
        self._words: dict[str, Callable[[int | None], None]] = {
            "u": self._unicode,
            "uc": self._fallback,
            "f": self._use_font,
            "deff": self._default_font,
            "plain": self._plain,
            "pard": self._paragraph,
            "intbl": self._in_table,
            "itap": self._in_tables,
            "fcharset": self._font_charset,
            "cpg": self._font_page,
            "ansicpg": self._page,
            "upr": self._old_half,
            "ud": self._new_half,
            "htmlrtf": self._double,
            "htmltag": self._tag,
            "fonttbl": self._enter_fonts,
        }

    def read(self) -> None:
        """Everything to its sinks, all of which are closed then."""
        place = 0
        while place >= 0:
            place = self._run(place)
        self._flush()
        while self._stack:
            self._end()
        self._close(self.state)
        self.body.close()

    def open(self, sink: Sink) -> None:
        """The rest of the group goes into the sink, which is closed at its end."""
        self._close(self.state)
        self.state.sink = sink
        self.state.opened = True

    # Tokens

    def _run(self, place: int) -> int:
        r"""Read on to the end (then -1), or to where \bin leads."""
        for token in _TOKEN.finditer(self._data, place):
            which = token.lastindex
            if which == _TEXT:
                self._text(token[_TEXT])
                continue
            if which == _HEX:
                self._byte(int(token[_HEX], 16))
                continue
            if self._pending:
                self._flush()
            self._skipping = 0
            if which == _BRACE:
                (self._begin if token[_BRACE] == b"{" else self._end)()
            elif which == _SYMBOL:
                self._symbol(token[_SYMBOL])
            elif token[5] == b"bin":
                return self._binary(token.end(), int(token[6] or b"0"))
            else:
                self._word(token[5].decode("ascii"), None if token[6] is None else int(token[6]))
        return -1

    def _text(self, data: bytes) -> None:
        self._star = False
        if self.state.sink is self._nothing:
            return
        data = data.translate(None, _UNSAID)
        if self._skipping:
            count = min(self._skipping, len(data))
            self._skipping -= count
            data = data[count:]
        self._pending += data

    def _byte(self, byte: int) -> None:
        if self._skipping:
            self._skipping -= 1
        elif self.state.sink is not self._nothing:
            self._pending.append(byte)

    def _flush(self) -> None:
        data = bytes(self._pending)
        self._pending.clear()
        self._say(rtf_codec.decode(data, self.state.codec or self._codec))

    def _say(self, text: str) -> None:
        state = self.state
        if not state.shown and isinstance(state.sink, Markup):
            state.sink.doubles.add(text)
        elif text:
            state.sink.add(text, state.flags, state.level)

    def _mark(self, word: str) -> None:
        state = self.state
        sink = state.sink
        if not state.shown and isinstance(sink, Markup):
            sink = sink.doubles
        sink.mark(word, state.level)

    def _begin(self) -> None:
        self._star = False
        if len(self._stack) >= _DEPTH:
            self._deeper += 1
            return
        if self.state.sink.apart:
            self.state.sink.mark("par")
        self._stack.append(self.state)
        self.state = self.state.copy()

    def _end(self) -> None:
        self._star = False
        if self._deeper:
            self._deeper -= 1
        elif self._stack:
            ended, self.state = self.state, self._stack.pop()
            self._close(ended)

    def _close(self, state: State) -> None:
        if state.opened:
            state.opened = False
            state.sink.close()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._star = True
        elif symbol in b"\r\n":
            self._mark("par")
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _binary(self, start: int, count: int) -> int:
        """Where to read on. A count that cannot be true is passed over, and so is one that would hide text."""
        if count < 0 or start + count > len(self._data):
            return start
        sink = self.state.sink
        if not isinstance(sink, Flow | Markup):
            sink.binary(self._data[start : start + count])
        elif not charset.is_binary(self._data[start : start + min(count, _SAMPLE)]):
            return start
        return start + count

    def _word(self, name: str, number: int | None) -> None:
        star, self._star = self._star, False
        state = self.state
        if state.sink is self._nothing and name != "ud":
            return
        character = _CHARACTERS.get(name)
        if character is not None:
            self._say(character)
        elif name in _MARKS:
            self._mark(_MARKS[name])
        elif name in _FLAGS:
            flag = _FLAGS[name]
            state.flags = state.flags & ~flag if number == 0 else state.flags | flag
        elif name in self._words:
            self._words[name](number)
        else:
            self._other(name, number, star=star)

    def _other(self, name: str, number: int | None, *, star: bool) -> None:
        if name in ("mac", "pc", "pca"):
            self._codec = rtf_codec.of_word(name)
            return
        if self.state.sink is self._font_table and not star:
            return
        sink = self._destination(name, 1 if number is None else number, star)
        if sink is not None:
            self.open(self._nothing if type(sink) is Sink else sink)

    # Control words

    def _unicode(self, number: int | None) -> None:
        code = number or 0
        code = code + 0x10000 if code < 0 else code
        if 0 < code < 0x110000:
            self._say(chr(code))
        self._skipping = self.state.skip

    def _fallback(self, number: int | None) -> None:
        self.state.skip = min(max(0, 1 if number is None else number), 64)

    def _page(self, number: int | None) -> None:
        self._codec = rtf_codec.of_page(number or 0) or self._codec

    def _default_font(self, number: int | None) -> None:
        self._first_font = number or 0

    def _use_font(self, number: int | None) -> None:
        if self.state.sink is self._font_table:
            self._font = number or 0
        else:
            self.state.codec = self._fonts.get(number or 0)

    def _plain(self, _: int | None) -> None:
        self.state.flags = 0
        self.state.codec = self._fonts.get(self._first_font)

    def _paragraph(self, _: int | None) -> None:
        self.state.level = 0

    def _in_table(self, number: int | None) -> None:
        self.state.level = 0 if number == 0 else max(1, self.state.level)

    def _in_tables(self, number: int | None) -> None:
        self.state.level = max(0, number or 0)

    def _enter_fonts(self, _: int | None) -> None:
        self.open(self._font_table)

    def _font_charset(self, number: int | None) -> None:
        if self.state.sink is self._font_table:
            self._fonts[self._font] = rtf_codec.of_font(number or 0)

    def _font_page(self, number: int | None) -> None:
        if self.state.sink is self._font_table:
            self._fonts[self._font] = rtf_codec.of_page(number or 0) or self._fonts.get(self._font)

    def _old_half(self, _: int | None) -> None:
        r"""\upr holds the same twice; the half in Unicode (\ud) is the better one."""
        outer = self.state.sink
        self.open(self._nothing)
        self.state.outer = outer

    def _new_half(self, _: int | None) -> None:
        if self.state.outer is not None:
            self.state.sink = self.state.outer

    def _double(self, number: int | None) -> None:
        self.state.shown = number == 0

    def _tag(self, _: int | None) -> None:
        if isinstance(self.body, Markup):
            self.state.sink = self.body
            self.state.shown = True
