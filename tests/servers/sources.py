"""The sources of a company whose mail, calendars and contacts lie on servers of the tests, as in its gallra.toml."""

from __future__ import annotations

SOURCES = """
[[source]]
name = "post"
kind = "imap"
backup = "none"
host = "127.0.0.1"
port = {mail}
tls = false
user = "{user}"
password = "env:MAIL_PASSWORD"

[[source]]
name = "kalender"
kind = "caldav"
backup = "none"
url = "http://127.0.0.1:{dav}/{owner}/"
user = "{owner}"
password = "env:DAV_PASSWORD"

[[source]]
name = "kontakter"
kind = "carddav"
backup = "none"
url = "http://127.0.0.1:{dav}/{owner}/"
user = "{owner}"
password = "env:DAV_PASSWORD"
"""
"""To be formatted with `mail` and `dav` (ports), `user` and `owner`."""
