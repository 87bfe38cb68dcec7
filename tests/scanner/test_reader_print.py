"""The fingerprint of what read an item changes with whatever may read it otherwise."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from scanner.formats import registry
from scanner.limits import Limits
from scanner.reader_print import LOCKED, OCR, PART, UNKNOWN, Hangs, reader_print

LIMITS = Limits()


def test_order_and_doubles_do_not_matter() -> None:
    assert reader_print(["csv", "zip"], "d", LIMITS) == reader_print(["zip", "csv", "zip"], "d", LIMITS)


def test_formats_and_detector_matter() -> None:
    one = reader_print(["csv"], "d", LIMITS)
    assert one != reader_print(["zip"], "d", LIMITS)
    assert one != reader_print(["csv", "zip"], "d", LIMITS)
    assert one != reader_print(["csv"], "e", LIMITS)


@pytest.mark.parametrize("name", [one.name for one in fields(Limits)])
def test_every_limit_matters(name: str) -> None:
    other = replace(LIMITS, **{name: getattr(LIMITS, name) + 1})
    assert reader_print(["csv"], "d", LIMITS) != reader_print(["csv"], "d", other)


def test_an_unknown_format_hangs_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that is added may read what none could read before."""
    limits = replace(LIMITS, members=77_777)
    before = reader_print([UNKNOWN], "d", limits)
    names = [*registry.names(), "nytt"]
    monkeypatch.setattr(registry, "names", lambda: names)
    assert reader_print([UNKNOWN], "d2", limits) != before
    import scanner.reader_print as module

    module._print.cache_clear()
    assert reader_print([UNKNOWN], "d", limits) != before


def test_a_format_that_is_no_more_raises() -> None:
    with pytest.raises(KeyError):
        reader_print(["finns-inte"], "d", LIMITS)


@pytest.mark.parametrize("name", registry.names())
def test_every_format_has_a_version(name: str) -> None:
    assert reader_print([name], "d", LIMITS)


@pytest.mark.parametrize(("name", "field"), [(LOCKED, "locked"), (OCR, "ocr"), (PART, "part")])
def test_only_what_hangs_on_a_setting_changes_with_it(name: str, field: str) -> None:
    before, after = Hangs(), Hangs(**{field: "1"})
    assert reader_print(["csv", name], "d", LIMITS, before) != reader_print(["csv", name], "d", LIMITS, after)
    others = {LOCKED, OCR, PART, UNKNOWN, "csv"} - {name}
    for other in others:
        assert reader_print([other], "d", LIMITS, before) == reader_print([other], "d", LIMITS, after)
