"""A versioned bucket as a backup, through the command line: what Object Lock keeps is told, all else of hers goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.conftest import Desk
from tests.connectors.backups.s3_help import markers, versions
from tests.connectors.backups.s3_world import hide, lay
from tests.kept import GONE_LONG_AGO, HERS, OLDER
from tests.little import ANNA, CONFIG, FILES, Little
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy

pytest.importorskip("moto")
BUCKET = """
[[backup]]
name = "molnet"
kind = "s3"
covers = ["kunder"]
at = {{ kunder = "nas/kunder" }}
bucket = "{bucket}"
prefix = "nas/"
endpoint = "http://127.0.0.1:{port}"
path_style = true
access_key = "env:MOLNET_KEY"
secret_key = "env:MOLNET_SECRET"
timeout = 5
"""
FIRST = datetime(2026, 1, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
INSIDE = "nas/kunder/"
AVTAL, KVITTO, OFFERT = (f"{INSIDE}Anna Ek/{name}.txt" for name in ("avtal", "kvitto", "offert"))
OUTSIDE = "annat/Anna Ek.txt"  # in the bucket, and not in the backup
LAST = "2099-01-31"
Version = tuple[str, str, bytes]


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    server = Moto()
    yield server
    server.stop()


@pytest.fixture
def line(moto: Moto) -> Iterator[Proxy]:
    """What gallra reaches the server by."""
    proxy = Proxy(moto.port)
    yield proxy
    proxy.close()


class Cloud:
    """The little company, and a bucket that its folder was copied to on three days; looked into by boto3 alone."""

    def __init__(self, desk: Desk, moto: Moto, line: Proxy) -> None:
        self.raw: Any = boto3.session.Session().client(
            "s3", endpoint_url=f"http://127.0.0.1:{moto.port}", region_name="us-east-1",
            aws_access_key_id="other", aws_secret_access_key="other",
        )  # fmt: skip
        self.bucket = moto.bucket("Enabled", lock=True)
        desk.env |= {"MOLNET_KEY": "id", "MOLNET_SECRET": "secret", "AWS_EC2_METADATA_DISABLED": "true"}
        source = CONFIG.replace('backup = "none"\n', "", 1)
        self.made = Little(desk.write(source + BUCKET.format(bucket=self.bucket, port=line.port)))
        for folder in ("cur", "new", "tmp"):
            (self.made.root / "post" / folder).mkdir(parents=True)
        for path, text in FILES.items():
            self.made.write(f"kunder/{path}", text)
        texts = {INSIDE + path: text for path, text in FILES.items()}
        older = texts | {AVTAL: OLDER, OFFERT: GONE_LONG_AGO, OUTSIDE: GONE_LONG_AGO}
        self.first = {key: lay(moto, self.bucket, key, text.encode(), FIRST) for key, text in older.items()}
        hide(moto, self.bucket, OFFERT, FIRST + DAY)
        for days in (1, 2):  # every file was uploaded anew each night
            for key, text in texts.items():
                lay(moto, self.bucket, key, text.encode(), FIRST + days * DAY)

    def retain(self, key: str, version: str) -> None:
        until = datetime.fromisoformat(f"{LAST}T12:00:00+00:00")
        retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
        self.raw.put_object_retention(Bucket=self.bucket, Key=key, VersionId=version, Retention=retention)

    def hold(self, key: str, version: str) -> None:
        self.raw.put_object_legal_hold(Bucket=self.bucket, Key=key, VersionId=version, LegalHold={"Status": "ON"})

    def versions(self) -> set[Version]:
        return set(versions(self.raw, self.bucket))

    def case(self) -> str:
        """A case about her; lists stay where they are."""
        self.made.desk("scan", code=0)
        case = str(self.made.desk("find", "--json", ANNA, code=[0, 3]).json["case"])
        self.made.desk("decide", case, "--backups", "ledger", code=[0, 3])
        return case

    def told(self, case: str) -> dict[str, list[dict[str, Any]]]:
        """What `show` says of each of her files in the bucket: by key without the prefix, copies and findings alike."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self.made.desk("show", "--json", case, code=[0, 3, 5]).json["findings"]:
            if one["kind"] == "folder":
                continue
            path = one["path"].partition(";version=")[0].removeprefix(INSIDE)
            own = [one | {"backup": "molnet"}] if one["source"] == "molnet" else []
            found.setdefault(path, []).extend(own or one["backups"])
        return found


@pytest.fixture
def cloud(desk: Desk, moto: Moto, line: Proxy) -> Cloud:
    return Cloud(desk, moto, line)


def of_her(all_: set[Version]) -> set[Version]:
    """The versions of her own files in the backup."""
    return {one for one in all_ if one[0].startswith(f"{INSIDE}Anna Ek/")}


def test_all_versions_go_but_what_a_retention_keeps_which_is_told_with_its_day(cloud: Cloud) -> None:
    cloud.retain(AVTAL, cloud.first[AVTAL])
    desk, before, case = cloud.made.desk, cloud.versions(), cloud.case()
    told = cloud.told(case)
    assert [(one["snapshots"], one["oldest"][:10], one["newest"][:10]) for one in told[HERS[1]]] == [
        (3, "2026-01-01", "2026-01-03")
    ]
    assert sorted(len(told[path]) for path in (*HERS, "Anna Ek/offert.txt")) == [1, 1, 2]
    assert {one["state"] for path in HERS for one in told[path]} == {"open"}

    run = desk("erase", case, "--yes", code=0)
    kept = {(AVTAL, cloud.first[AVTAL], OLDER.encode())}
    assert cloud.versions() == before - of_her(before) | kept
    assert set(markers(cloud.raw, cloud.bucket)) == {AVTAL}, "what is kept is not the object again"
    assert "retained until" not in run.text or LAST in run.text

    told = cloud.told(case)
    assert sorted((one["state"], one["until"]) for one in told[HERS[0]]) == [("erased", None), ("recoverable", LAST)]
    assert {one["state"] for path in (HERS[1], "Anna Ek/offert.txt") for one in told[path]} == {"erased"}
    assert {one["state"] for one in told["lista.csv"]} == {"kept"}
    certificate = desk("certificate", case, "--json", code=0).json
    assert certificate["outcome"] == f"complete except what is retained until {LAST}"
    (backup,) = certificate["backups"]
    assert (backup["backup"], backup["kind"], backup["open"]) == ("molnet", "s3", 0)
    assert (backup["dropped"], backup["immutable"]) == (3, [{"until": LAST, "count": 1}])
    desk("verify", case, code=0)
    assert {one["state"] for one in cloud.told(case)[HERS[0]]} == {"erased", "recoverable"}
    desk("audit", "verify", code=0)


def test_what_a_legal_hold_keeps_is_blocked_and_nothing_says_that_it_is_gone(cloud: Cloud) -> None:
    cloud.hold(KVITTO, cloud.first[KVITTO])
    desk, before, case = cloud.made.desk, cloud.versions(), cloud.case()
    desk("erase", case, "--yes", code=3)
    kept = {(KVITTO, cloud.first[KVITTO], FILES[HERS[1]].encode())}
    left = cloud.versions()
    assert left & kept == kept
    assert left - of_her(left) == before - of_her(before)
    assert {key for key, _, _ in of_her(left)} == {KVITTO}
    told = cloud.told(case)
    assert [(one["state"], one["until"]) for one in told[HERS[1]]] == [("blocked", None)]
    assert all("legal hold" in one["reason"] for one in told[HERS[1]])
    assert {one["state"] for path in (HERS[0], "Anna Ek/offert.txt") for one in told[path]} == {"erased"}
    certificate = desk("certificate", case, "--json", code=[0, 3, 4])
    assert '"outcome": "complete' not in certificate.out
    desk("verify", case, code=3)
    assert [one["state"] for one in cloud.told(case)[HERS[1]]] == ["blocked"]

    cloud.raw.put_object_legal_hold(
        Bucket=cloud.bucket, Key=KVITTO, VersionId=cloud.first[KVITTO], LegalHold={"Status": "OFF"}
    )
    desk("show", case, code=[0, 3])
    desk("erase", case, "--yes", code=0)
    assert cloud.versions() == before - of_her(before)
    assert markers(cloud.raw, cloud.bucket) == []
    assert desk("certificate", case, "--json", code=0).json["outcome"] == "complete"


def test_a_server_that_is_gone_is_5_and_nothing_in_it_is_said_erased(cloud: Cloud, line: Proxy) -> None:
    desk, before, case = cloud.made.desk, cloud.versions(), cloud.case()
    with line.cut():
        run = desk("erase", case, "--yes", code=5)
        assert f"gallra verify {case}" in run.text
        states = {one["state"] for path, told in cloud.told(case).items() if path != "lista.csv" for one in told}
        assert states == {"failed"}
        desk("certificate", case, "--json", code=4)
    assert cloud.versions() == before
    assert not (cloud.made.root / "kunder" / HERS[0]).exists()
    desk("verify", case, code=3)
    desk("show", case, code=3)
    desk("erase", case, "--yes", code=0)
    assert cloud.versions() == before - of_her(before)
