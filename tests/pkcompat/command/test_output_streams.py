import io
import sys

import pytest

from pkcompat.command.output_streams import show_any_character


def test_a_terminal_that_lacks_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    show_any_character()
    print("grün", flush=True)
    assert written.getvalue() == b"gr?n\n"
