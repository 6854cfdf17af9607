"""Tracebacks cut to the user's frames."""

import json

import partykit.server
import partyserver
import pkcodemods
from pkcompat.project import user_traceback as user_traceback_module
from pkcompat.project.user_traceback import is_user_file, user_traceback


def test_frames_of_the_library_and_of_the_project_are_left_out() -> None:
    def fail() -> None:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("of the user") from error

    try:
        fail()
    except RuntimeError as error:
        told = user_traceback(error)
    assert "in fail" in told
    assert "RuntimeError: of the user" in told
    assert "JSONDecodeError" in told
    assert "decoder.py" not in told


def test_whose_a_file_is() -> None:
    assert is_user_file(__file__)
    assert not is_user_file(json.__file__)
    assert not is_user_file("<frozen importlib._bootstrap>")
    for module in (user_traceback_module, partyserver, partykit.server, pkcodemods):
        assert not is_user_file(module.__file__ or "")
