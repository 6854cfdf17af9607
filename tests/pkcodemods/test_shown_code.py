"""Tracebacks, sources and signatures."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import codes


def module(expression: str) -> str:
    return f"""
import inspect
import json
import traceback
from inspect import signature

from partykit.server import PartyKitRoom, PartyKitServer


def helper(value):
    return value


def on_connect(connection, room):
    connection.send(str({expression}))


default: PartyKitServer = {{"onConnect": on_connect}}
"""


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("traceback.format_exc()", ["PK302"]),
        ("inspect.getsource(on_connect)", ["PK302"]),
        ("signature(on_connect)", ["PK302"]),
        ("PartyKitRoom.__module__", ["PK302"]),
        ("inspect.signature(helper)", []),
        ("inspect.isfunction(on_connect)", []),
        ("PartyKitRoom.__name__", []),
        ("json.__name__", []),
    ],
)
def test_it_is_noted(expression: str, found: list[str]) -> None:
    assert codes(module(expression)) == found
