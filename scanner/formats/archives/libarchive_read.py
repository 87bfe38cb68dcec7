"""The system's libarchive: members of an archive one by one, each with its bytes, and what it complains of as gaps."""

from __future__ import annotations

import ctypes
import io
import locale
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.streams import readable_name
from scanner.records import ReadError

_CHUNK = 1 << 16
_FAILED, _FATAL = -25, -30  # this member; the whole archive
_FILE, _FOLDER, _LINK = 0o100000, 0o040000, 0o120000
_NEEDS = "needs pip install gallra[archives] and the system's libarchive"


@dataclass(slots=True)
class Entry:
    """One member as its header tells. `kind` is file, folder, link or special."""

    name: str
    kind: str
    target: str
    locked: bool  # under a password


def state() -> str:
    """The library's version, or nothing where it is missing."""
    try:
        return f"libarchive {_ffi().version_number()}"
    except ReadError:
        return ""


def _ffi() -> ModuleType:
    """Libarchive's functions. Raises ReadError UNKNOWN_FORMAT where there are none."""
    try:
        from libarchive import ffi  # noqa: PLC0415 - optional, and loads the system's library
    except Exception:  # ImportError, or whatever loading a library raises
        raise ReadError(GapReason.UNKNOWN_FORMAT, _NEEDS) from None
    if not ffi.logger.disabled:
        ffi.logger.disabled = True  # it would log what libarchive says, which names members
        if locale.nl_langinfo(locale.CODESET) != "UTF-8":  # else names come with question marks
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    assert isinstance(ffi, ModuleType)
    return ffi


class Archive:
    """An opened archive. Iterate the entries once, in order; `chunks` reads the one that came last."""

    def __init__(self, ffi: Any, pointer: Any, source: _Source | None) -> None:  # noqa: ANN401 - ctypes
        self._ffi = ffi
        self._pointer = pointer
        self._source = source

    def __iter__(self) -> Iterator[Entry]:
        entry = self._ffi.entry_new()
        try:
            while self._call(self._ffi.read_next_header2, entry) != self._ffi.ARCHIVE_EOF:
                yield self._entry(entry)
        finally:
            self._ffi.entry_free(entry)

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the entry. Raises ReadError; after one of `damaged`, others may follow."""
        place, count, offset = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_longlong()
        found = ctypes.byref(place), ctypes.byref(count), ctypes.byref(offset)
        while self._call(self._ffi.read_data_block, *found) != self._ffi.ARCHIVE_EOF:
            if count.value and place.value:
                yield ctypes.string_at(place.value, count.value)

    def _call(self, function: Any, *arguments: Any) -> int:  # noqa: ANN401
        try:
            result: int = function(self._pointer, *arguments)
        except Exception as fault:
            if self._source is not None and self._source.fault is not None:
                raise self._source.fault from None
            raise _told(fault) from None
        return result

    def _entry(self, entry: Any) -> Entry:  # noqa: ANN401
        ffi = self._ffi
        kind = ffi.entry_filetype(entry)
        hard = _name(ffi.entry_hardlink_w(entry), ffi.entry_hardlink(entry))
        target = hard or _name(ffi.entry_symlink_w(entry), ffi.entry_symlink(entry))
        name = _name(ffi.entry_pathname_w(entry), ffi.entry_pathname(entry))
        if hard or kind == _LINK:
            return Entry(name, "link", target, locked=False)
        locked = bool(ffi.libarchive.archive_entry_is_data_encrypted(ctypes.c_void_p(entry)))
        return Entry(name, {_FILE: "file", _FOLDER: "folder", 0: "file"}.get(kind, "special"), "", locked)


class Stopped(ReadError):
    """What follows in the archive cannot be read either."""


@contextmanager
def opened(
    blob: Blob, formats: Sequence[str], filters: Sequence[str] = (), keys: Sequence[bytes] = ()
) -> Iterator[Archive]:
    """The archive; `formats` and `filters` are libarchive's names. Raises ReadError."""
    ffi = _ffi()
    pointer = ffi.read_new()
    try:
        for name in filters or ("none",):
            ffi.get_read_filter_function(name)(pointer)
        for name in formats:
            ffi.get_read_format_function(name)(pointer)
        for key in keys:
            ffi.read_add_passphrase(pointer, key)
        if blob.size <= blob.limit:
            data = blob.data()
            source = None
            _checked(ffi.read_open_memory, pointer, ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p), len(data))
        else:
            source = _Source(blob, ffi)
            _checked(ffi.read_set_seek_callback, pointer, source.seek)
            _checked(ffi.read_open, pointer, None, ffi.NO_OPEN_CB, source.read, ffi.NO_CLOSE_CB)
        yield Archive(ffi, pointer, source)
    finally:
        with suppress(Exception):
            ffi.read_free(pointer)


def _checked(function: Any, *arguments: Any) -> None:  # noqa: ANN401
    try:
        function(*arguments)
    except Exception as fault:
        raise _told(fault) from None


class _Source:
    """Gives libarchive a stream's bytes. An exception must not pass through C: it is kept in `fault`."""

    def __init__(self, blob: Blob, ffi: Any) -> None:  # noqa: ANN401
        self.fault: ReadError | None = None
        self._stream = blob.open()
        self._buffer = ctypes.create_string_buffer(_CHUNK)
        self.read = ffi.READ_CALLBACK(self._read)
        self.seek = ffi.SEEK_CALLBACK(self._seek)

    def _read(self, archive: object, context: object, place: Any) -> int:  # noqa: ANN401
        del archive, context
        try:
            data = self._stream.read(_CHUNK)
        except Exception as fault:
            self.fault = (
                fault if isinstance(fault, ReadError) else ReadError(GapReason.UNREADABLE, type(fault).__name__)
            )
            return _FATAL
        ctypes.memmove(self._buffer, data, len(data))
        place[0] = ctypes.cast(self._buffer, ctypes.c_void_p)
        return len(data)

    def _seek(self, archive: object, context: object, offset: int, whence: int) -> int:
        del archive, context
        try:
            self._stream.seek(offset, whence)
            return self._stream.tell()
        except Exception as fault:
            self.fault = (
                fault if isinstance(fault, ReadError) else ReadError(GapReason.UNREADABLE, type(fault).__name__)
            )
            return _FATAL


_SAID = (
    (("ncrypt", "assphrase"), GapReason.ENCRYPTED, ""),
    (("solid",), GapReason.UNKNOWN_FORMAT, "packed as solid, which this libarchive cannot read"),
    (("upported", "unavailable", "nrecognized"), GapReason.UNKNOWN_FORMAT, "a method that this libarchive cannot read"),
)


def _told(fault: Exception) -> ReadError:
    """Libarchive's complaint, without its words: those may name members."""
    words = str(getattr(fault, "msg", "") or "")
    kind = ReadError if getattr(fault, "retcode", _FATAL) == _FAILED else Stopped
    for signs, reason, detail in _SAID:
        if any(sign in words for sign in signs):
            return kind(reason, detail)
    return kind(GapReason.UNREADABLE, "damaged")


def _name(wide: str | None, raw: bytes | None) -> str:
    if wide:
        return wide.replace("\\", "/")
    return readable_name(raw).replace("\\", "/") if raw else ""


def single(data: bytes, keys: Sequence[bytes], limit: int) -> bytes:
    """The content of the one member of a zip made for it. Raises ReadError: TOO_LARGE above `limit`."""
    with opened(Blob(data, "", limit=len(data)), ("zip",), keys=keys) as archive:
        for _ in archive:
            whole = io.BytesIO()
            for chunk in archive.chunks():
                whole.write(chunk)
                if whole.tell() > limit:
                    raise ReadError(GapReason.TOO_LARGE, f"more than {limit} bytes")
            return whole.getvalue()
    raise ReadError(GapReason.UNREADABLE, "damaged")
