"""A real Dovecot on loopback: Maildir storage, a fresh account a test, plain and TLS ports; it can be killed."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.certificates import Authority
from tests.servers.common import SECONDS, Server, free_port, listens, missing

PASSWORD = "not-a-real-secret"  # of accounts that live as long as a test run
_NUMBERS = itertools.count(1)

# What the server says it can, less one thing; the commands of it would still work.
CAPABILITIES = (
    "IMAP4rev1", "SASL-IR", "LOGIN-REFERRALS", "ID", "ENABLE", "IDLE", "SORT", "THREAD=REFERENCES", "MULTIAPPEND",
    "UNSELECT", "CHILDREN", "NAMESPACE", "UIDPLUS", "LIST-EXTENDED", "CONDSTORE", "QRESYNC", "ESEARCH", "WITHIN",
    "LIST-STATUS", "BINARY", "MOVE", "PREVIEW", "LITERAL+", "ACL", "RIGHTS=texk", "QUOTA",
)  # fmt: skip

_CONFIG = """\
base_dir = {run}
state_dir = {run}
verbose_proctitle = yes
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
login_trusted_networks = 127.0.0.0/8
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
mail_uid = {account}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:%h/Maildir
mail_fsync = never

mailbox_list_index = no
mail_max_userip_connections = 50
mail_plugins = acl quota
{more}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users/%u
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {root}/users/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  {namespace}
}}
plugin {{
  acl = vfile
  quota = maildir:User quota
  quota_rule = *:storage=1G
}}
protocol imap {{
  mail_plugins = acl imap_acl quota imap_quota
  mail_max_userip_connections = 50
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Server):
    """As nobody where root runs the tests. `port` speaks plain IMAP and STARTTLS, `tls_port` TLS from the start."""

    def __init__(
        self,
        without: str | tuple[str, ...] = (),
        also: str = "",
        certificate: str = "right",
        settings: str = "",
        namespace: str = "",
    ) -> None:
        """`without` names capabilities that the server keeps quiet about, `also` one that it says it has.

        `certificate`: right, "other" (for another host) or "expired". `settings` and `namespace` are lines of
        configuration.
        """
        daemon = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
        if daemon is None:
            missing("Dovecot")
        super().__init__("nobody")
        self._daemon = str(daemon)
        self._lock = threading.Lock()
        self.tls_port = free_port()
        self.authority = Authority(self.root)
        made = {
            "right": lambda: self.authority.sign("right"),
            "other": lambda: self.authority.sign("other", "mail.example", None),
            "expired": lambda: self.authority.sign("expired", days=-1),
        }[certificate]()
        hidden = (without,) if isinstance(without, str) else without
        if hidden:
            settings += f"\nimap_capability = {' '.join(one for one in CAPABILITIES if one not in hidden)}\n"
        elif also:
            settings += f"\nimap_capability = +{also}\n"
        account = pwd.getpwuid(os.geteuid()).pw_name if not self._account else self._account
        group = _group_of(account)
        for folder in ("run", "mail", "users"):
            (self.root / folder).mkdir()
        self._config = self.root / "dovecot.conf"
        self._config.write_text(
            _CONFIG.format(
                root=self.root,
                run=self.root / "run",
                certificate=made,
                account=account,
                group=group,
                port=self.port,
                tls=self.tls_port,
                more=settings,
                namespace=namespace,
            )
        )
        self.own(self.root)
        self.start()

    @property
    def ca(self) -> Path:
        """The certificate that clients are to trust."""
        return self.authority.ca

    def start(self) -> None:
        """Start it, also again after `kill`."""
        with self._lock:
            self.launch(self._daemon, "-F", "-c", str(self._config))
            self.wait()

    def answers(self) -> bool:
        return listens(self.port) and listens(self.tls_port)

    def kill(self) -> None:
        """As a power cut would: every process of it at once. Any thread may do it; `start` waits for the end."""
        with self._lock:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._watcher.wait(SECONDS)
            end = time.monotonic() + SECONDS
            while _lives(self.pid):
                assert time.monotonic() < end, "Dovecot does not end"
                time.sleep(0.01)
            if self._watcher.stdin is not None:
                self._watcher.stdin.close()

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def account(self, name: str | None = None, extra: str = "") -> str:
        """A new account with an empty mailbox; its password is PASSWORD. `extra` are fields of its passwd-file."""
        user = name or f"u{next(_NUMBERS)}@invex.example"
        home = self.home(user)
        home.mkdir()
        self.own(home)
        # a file for each: Dovecot looks for news in one no more than once a second
        (self.root / "users" / user).write_text(f"{user}:{{PLAIN}}{PASSWORD}::::{home}::{extra}\n")
        self.own(self.root / "users")
        return user

    def home(self, user: str) -> Path:
        return self.root / "mail" / user

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """The directory of a folder, by its name in modified UTF-7."""
        base = self.home(user) / "Maildir"
        return base if folder == "INBOX" else base / f".{folder.replace('/', '.')}"

    def signed_out(self, user: str) -> None:
        """Wait until no process of the server works for the account any more."""
        end = time.monotonic() + SECONDS
        while any(f"[{user} " in title for title in _titles(self.pid)):
            assert time.monotonic() < end, "a session does not end"
            time.sleep(0.01)

    def doveadm(self, *arguments: str, data: bytes | None = None) -> str:
        """What the administrator's tool answers. It speaks to the server's files, past IMAP."""
        command = [*self._as, "doveadm", "-c", str(self._config), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, input=data, cwd=self.root, timeout=SECONDS)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout.decode(errors="replace")

    def deliver(self, user: str, folder: str, messages: Iterator[bytes] | list[bytes], flags: str = "") -> None:
        """Lay messages straight into the Maildir, as fast as a disk takes them; `flags` as in a file's name ("S")."""
        box = self.maildir(user, folder)
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        if folder != "INBOX":
            (box / "maildirfolder").touch()
        for message in messages:
            number = next(_NUMBERS)
            # names as different as a server's own: Dovecot's table of them is slow with those that are alike
            unique = hashlib.blake2b(b"%d" % number, digest_size=8).hexdigest()
            path = box / "cur" / f"17{number:08d}.{unique}.host,S={len(message)}:2,{flags}"
            path.write_bytes(message)
        long_ago = time.time() - 86400 + next(_NUMBERS)  # what changed in this second would be read again and again
        for part in ("cur", "new"):
            os.utime(box / part, (long_ago, long_ago))
        self.own(self.home(user))

    def log(self) -> str:
        return (self.root / "dovecot.log").read_text(errors="replace")

    def own(self, folder: Path) -> None:
        """Give a file, or a folder and all in it, to whom the server runs as."""
        if self._account:
            who = pwd.getpwnam(self._account)
            os.chown(folder, who.pw_uid, who.pw_gid)
            for base, _, names in os.walk(folder):
                for path in (base, *(os.path.join(base, name) for name in names)):
                    os.chown(path, who.pw_uid, who.pw_gid)


def _lives(group: int) -> bool:
    """True while a process of the group runs; one that is only waited for does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(") ")[2].split(" ")[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _titles(group: int) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rpartition(") ")[2].split(" ")[2]) == group:
                yield (folder / "cmdline").read_bytes().decode(errors="replace")


def _group_of(account: str) -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(account).pw_gid).gr_name


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One server a worker, started when a test first asks for it."""
    server = Dovecot()
    yield server
    server.stop()


@pytest.fixture
def account(dovecot: Dovecot) -> str:
    """An account of the test's own."""
    return dovecot.account()
