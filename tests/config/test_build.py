"""From a source's settings to its connector: secrets are resolved then, and not before."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from config.build import connect
from config.load import load
from connectors.base import Connector
from connectors.errors import ConfigError

Write = Callable[[str], Path]
TEXT = '[[source]]\nname = "info"\nkind = "box"\nhost = "h"\nuser = "u"\npassword = "file:pw"\ntoken = "env:GALLRA_T"\n'


def test_secrets_are_resolved_when_connecting_and_not_before(
    write: Write, box: type[Connector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = load(write(TEXT)).sources
    monkeypatch.chdir("/")
    sent = pickle.dumps(source)
    (tmp_path / "pw").write_text("hunter2\n")
    (tmp_path / "pw").chmod(0o600)
    monkeypatch.setenv("GALLRA_T", "tok")
    connector = connect(pickle.loads(sent))
    assert isinstance(connector, box)
    assert (connector.name, connector.settings["password"], connector.settings["token"]) == ("info", "hunter2", "tok")
    assert connector.settings["port"] == 993
    assert source.settings["password"] == "file:pw"
    assert b"hunter2" not in pickle.dumps(source)
    assert "hunter2" not in repr(source)


def test_connectors_of_one_source_share_nothing(
    write: Write, box: type[Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = load(
        write(TEXT.replace("file:pw", "env:GALLRA_T").replace("\ntoken", "\nfolders = ['a']\ntoken"))
    ).sources
    monkeypatch.setenv("GALLRA_T", "tok")
    connect(source).settings["folders"].append("b")
    assert connect(source).settings["folders"] == ["a"]


def test_every_secret_that_is_missing_is_named(
    write: Write, box: type[Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GALLRA_T", raising=False)
    (source,) = load(write(TEXT)).sources
    with pytest.raises(ConfigError) as caught:
        connect(source)
    assert caught.value.problems == (
        '[[source]] "info" password: file:pw: cannot be read: No such file or directory',
        '[[source]] "info" token: env:GALLRA_T: is not set',
    )


def test_a_secret_that_is_not_set_stays_unset(
    write: Write, box: type[Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALLRA_T", "x")
    text = TEXT.replace("file:pw", "env:GALLRA_T").replace('token = "env:GALLRA_T"\n', "")
    assert connect(load(write(text)).sources[0]).settings["token"] is None
