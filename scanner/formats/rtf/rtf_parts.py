"""The destinations of an RTF file: which hold text, which persons, which data, and which nothing of anybody's."""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.formats.rtf.rtf_flow import Data, Flow, Sink, Value
from scanner.formats.rtf.rtf_reader import Reader

_FLOWS = {
    "header": "header",
    "headerl": "header",
    "headerr": "header",
    "headerf": "header",
    "footer": "footer",
    "footerl": "footer",
    "footerr": "footer",
    "footerf": "footer",
    "footnote": "footnotes",
    "ftnalt": "endnotes",  # follows \footnote
    "annotation": "comments",
    "shptxt": "textboxes",
    "dptxbxtext": "textboxes",
}
_PROPERTIES = frozenset(
    {
        "title", "subject", "keywords", "comment", "doccomm", "category", "hlinkbase", "template", "propname",
        "staticval", "linkval", "docvar", "filetbl", "protusertbl", "mmconnectstr", "mmquery", "mmdatasource",
        "mmheadersource", "mmconnectstrdata", "nextfile",
    }
)  # fmt: skip
# What belongs to the paragraph it stands in: targets of links, answers in forms, words for the index, names of objects.
_LINES = frozenset(
    {
        "fldinst", "ffdeftext", "ffl", "ffhelptext", "ffstattext", "objclass", "objname", "objtopic", "objitem", "sv",
        "xe", "txe", "rxe", "tc", "atnid",
    }
)  # fmt: skip
_SILENT = frozenset({"colortbl", "stylesheet", "sn", "nonesttables", "listtable", "private", "creatim", "revtim"})
# Formatting, ids and data of programs; starred, so that who does not know them drops them.
_SILENT_STARRED = _SILENT | frozenset(
    {
        "aftnsep", "aftnsepc", "aftncn", "atndate", "atnicn", "atnparent", "atnref", "atntime", "atrfend", "atrfstart",
        "bkmkend", "bkmkstart", "blipuid", "bliptag", "colorschememapping", "cs", "datafield", "datastore", "ds",
        "falt", "fchars", "ffentrymcr", "ffexitmcr", "ffformat", "ffname", "fontemb", "fontfile", "ftncn", "ftnsep",
        "ftnsepc", "g", "generator", "gridtbl", "keycode", "latentstyles", "lchars", "listoverridetable",
        "listpicture", "lsdlockedexcept", "mhtmltag", "mmathPr", "moveend", "mvfmf", "mvfml", "mvtof", "mvtol",
        "objalias", "objsect", "oldcprops", "oldpprops", "oldsprops", "oldtprops", "panose", "password",
        "passwordhash", "pgdsctbl", "pgp", "pgptbl", "pn", "pnseclvl", "printim", "protend", "protstart", "rsidtbl",
        "tdf", "themedata", "ts", "tsrowd", "wgrffmtfilter", "writereservation", "writereservhash", "xmlnstbl",
    }
)  # fmt: skip
# Groups whose content goes where the text around them goes.
_THROUGH = frozenset(
    {
        "shpinst", "shppict", "shpgrp", "picprop", "userprops", "nesttableprops", "do", "background", "formfield",
        "docvars", "xmlopen", "nonshppict", "pict", "fonttbl",
    }
)  # fmt: skip
_BLIPS = {
    "pngblip": "png",
    "jpegblip": "jpg",
    "emfblip": "emf",
    "wmetafile": "wmf",
    "dibitmap": "bmp",
    "wbitmap": "bin",
    "macpict": "pict",
    "pmmetafile": "bin",
}
_HEX = re.compile(r"[0-9A-Fa-f\s]{16,}")
_TELLING = re.compile(r"[^\W\d_]")


class Parts:
    """Everything that one file holds, by what it is."""

    def __init__(self, data: bytes) -> None:
        self.flows: dict[str, list[Flow]] = {}  # by the name of the part; the body is apart
        self.authors: dict[str, None] = {}  # of the document, its changes and comments
        self.commenters: dict[str, None] = {}
        self.properties: list[str] = []
        self.other: list[str] = []  # in destinations that are not known here
        self.pictures: list[tuple[str, bytes]] = []  # (ending, file)
        self.objects: list[bytes] = []  # OLE 1.0
        self._blip = "bin"
        self._both = False  # pictures are there in a new form and an old one
        self._makers: dict[str, Callable[[], Sink]] = self._all_makers()
        self._reader = Reader(data, self._destination)
        self._reader.read()
        self.body = self._reader.body

    def _all_makers(self) -> dict[str, Callable[[], Sink]]:
        makers: dict[str, Callable[[], Sink]] = dict.fromkeys(_SILENT, Sink)
        makers |= dict.fromkeys(_LINES, self._line)
        makers |= dict.fromkeys(_PROPERTIES, lambda: Value(self.properties.append, apart=True))
        makers |= dict.fromkeys(("author", "operator", "manager", "company"), lambda: Value(self._author))
        makers |= {word: self._flow(part) for word, part in _FLOWS.items()}
        return makers | {
            "atnauthor": lambda: Value(self._commenter),
            "revtbl": lambda: Value(self._revisers, apart=True),
            "pict": self._picture,
            "objdata": lambda: Data(self._reader.state.sink, self.objects.append),
        }

    def _destination(self, word: str, number: int, star: bool) -> Sink | None:
        maker = self._makers.get(word)
        if maker is not None:
            return maker()
        if word in _BLIPS:
            self._blip = _BLIPS[word]
        elif word == "shppict":
            self._both = True
        elif word == "nonshppict" and self._both:
            return Sink()
        if not star or word in _THROUGH:
            return None
        return Sink() if word in _SILENT_STARRED else Value(self._unknown)

    def _flow(self, part: str) -> Callable[[], Sink]:
        return lambda: Flow(lambda flow: self.flows.setdefault(part, []).append(flow))

    def _line(self) -> Sink:
        around = self._reader.state.sink
        return Value(lambda text: around.after(text) if _TELLING.search(text) or len(text) > 5 else None)

    def _author(self, name: str) -> None:
        self.authors[name] = None

    def _commenter(self, name: str) -> None:
        self.authors[name] = self.commenters[name] = None

    def _revisers(self, names: str) -> None:
        for name in names.split("\n"):
            if name.strip(" ;") and name != "Unknown;":
                self.authors[name.strip(" ;")] = None

    def _unknown(self, text: str) -> None:
        if _TELLING.search(text) and not _HEX.fullmatch(text):
            self.other.append(text)

    def _picture(self) -> Sink:
        self._blip = "bin"
        return Data(self._reader.state.sink, lambda data: self.pictures.append((self._blip, data)))
