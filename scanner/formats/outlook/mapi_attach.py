"""Attachments of a MAPI message ([MS-OXCMSG] 2.2.2): what each is called, and what its bytes are to other readers."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.mail import mail
from scanner.formats.outlook import mapi_ids
from scanner.formats.outlook.mapi_values import Properties
from scanner.records import Role, Steps, Unread

EMBEDDED, OLE = 5, 6  # PidTagAttachMethod
_BY_REFERENCE = frozenset({2, 3, 4, 7})
_LONG, _SHORT, _ENDING, _MEDIA = 0x3707, 0x3704, 0x3703, 0x370E
_PATHS = (0x370D, 0x3708)
_SEALED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_RIGHTS = ("application/x-microsoft-rpmsg-message", "application/vnd.ms-rpmsg")


def name_of(found: Properties) -> str:
    """The name of the file, the long one first."""
    for key in (_LONG, _SHORT, mapi_ids.NAME, *_PATHS):
        name = found.text(key).replace("\\", "/").rpartition("/")[2].strip()
        if name:
            return name
    if found.number(mapi_ids.ATTACH_METHOD) == EMBEDDED:
        return "message.msg"
    media = _media(found)
    return mail.part_name(media) if media else "part" + (found.text(_ENDING) or ".bin")


def steps_of(found: Properties, number: int) -> Steps:
    """The step that leads to it; `number` counts from 1."""
    return (f"attachment {number}: {name_of(found)}",)


def texts_of(found: Properties) -> list[tuple[Role, str]]:
    """What a message's record tells of its attachment: other names and where it was linked from."""
    used = name_of(found)
    pairs = []
    for key, kind, raw in found.entries:
        if key in (_ENDING, _MEDIA) or key in mapi_ids.DULL:
            continue
        role = Role.FILENAME if key in (_LONG, _SHORT, mapi_ids.NAME, *_PATHS) else Role.BODY
        pairs += [(role, text) for text in found.strings(kind, raw) if text != used]
    return pairs


def is_linked(found: Properties) -> bool:
    """Whether there is only a link to it: its bytes are elsewhere."""
    return found.number(mapi_ids.ATTACH_METHOD) in _BY_REFERENCE


def nested(found: Properties, blob: Blob, steps: Steps) -> Iterator[Found]:
    """What the bytes of an attachment are. The blob's name and media type are set here."""
    media = _media(found)
    blob.name = name_of(found)
    blob.media_type = media.partition(";")[0].strip() or None
    kind = blob.media_type or ""
    if kind in _RIGHTS or blob.name.lower().endswith(".rpmsg"):
        yield Unread(steps, GapReason.ENCRYPTED, "rights-protected message (RPMSG)")
    elif kind in _SEALED or (blob.name.lower().endswith(".p7m") and kind != "multipart/signed"):
        yield mail.sealed(media, blob.head(), steps)
    elif kind in ("multipart/signed", "message/rfc822"):  # the whole mail as it came
        blob.media_type = "message/rfc822"
        yield Nested(steps, blob, "message")
    else:
        yield Nested(steps, blob, "attachment")


def _media(found: Properties) -> str:
    return found.text(_MEDIA).strip().lower()
