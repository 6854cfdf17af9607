"""Tracebacks, sources and signatures."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import codes, migrated_files


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


def project(helpers: str, body: str) -> dict[str, str]:
    main = (
        "from partykit.server import PartyKitServer\n\nimport helpers\n\n\n"
        f"def on_connect(connection, room):\n    {body}\n\n\n"
        "default: PartyKitServer = {'onConnect': on_connect}\n"
    )
    return {"helpers.py": f"import inspect\nimport traceback\n\n\n{helpers}", "main.py": main}


@pytest.mark.parametrize(
    ("helpers", "body"),
    [
        ("def told(room):\n    return traceback.format_exc()\n", "connection.send(helpers.told(room))"),
        ("def told():\n    return traceback.format_stack()[0]\n", "connection.send(helpers.told())"),
        (
            "def told():\n    return inner()\n\n\ndef inner():\n    return traceback.format_exc()\n",
            "connection.send(helpers.told())",
        ),
        (
            "class Log:\n    def add(self):\n        return traceback.format_exc()\n\n\nlog = Log()\n",
            "connection.send(helpers.log.add())",
        ),
        (
            "def told(function):\n    return inspect.getsource(function)\n",
            "connection.send(helpers.told(on_connect))",
        ),
        (
            "def told(room):\n    return traceback.format_exc(), len(room.connections)\n",
            "connection.send(str(helpers.told(room)))",
        ),
    ],
)
def test_it_is_noted_in_a_file_of_helpers(helpers: str, body: str) -> None:
    results = migrated_files(project(helpers, body))
    assert [finding.code for finding in results["helpers.py"].findings] == ["PK302"]
    assert results["helpers.py"].outcome in ("untouched", "rewritten")
    assert results["main.py"].outcome == "rewritten"
    assert {finding.code for finding in results["main.py"].parties[0].findings} <= {"PK302"}


@pytest.mark.parametrize(
    ("helpers", "body"),
    [
        ("def told():\n    return traceback.format_exc()\n", "pass"),
        ("def told(f):\n    return inspect.signature(f)\n", "connection.send(str(helpers.told(print)))"),
        ("print(inspect.getsource(traceback))\n", "pass"),
    ],
)
def test_what_no_handler_reaches_is_not_noted(helpers: str, body: str) -> None:
    results = migrated_files(project(helpers, body))
    assert (results["helpers.py"].outcome, results["helpers.py"].findings) == ("untouched", ())
