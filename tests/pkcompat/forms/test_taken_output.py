"""Capturing standard output and error."""

from __future__ import annotations

import logging
import sys

import pytest

from pkcompat.forms.taken_output import taken_output


def say() -> None:
    print("printed")
    print("told", file=sys.stderr)
    logging.getLogger("some.party").error("logged")


@pytest.mark.parametrize(
    ("with_logs", "text"), [(True, "printed\ntold\nlogged\n"), (False, "printed\ntold\n")]
)
def test_what_is_said_is_taken(
    with_logs: bool, text: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with taken_output(with_logs) as output:
        say()
    assert output.getvalue() == text
    assert capsys.readouterr() == ("", "")
    assert caplog.messages == []
    say()
    assert capsys.readouterr().out == "printed\n"
    assert caplog.messages == ["logged"]
