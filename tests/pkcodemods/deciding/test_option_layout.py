"""The layout of keyword arguments that take the place of an option dict."""

from __future__ import annotations

import textwrap

import libcst as cst
import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods.deciding.option_layout import with_keywords

PAIRS = [
    ('s.list({"prefix": "a", "limit": 3})', 's.list(prefix="a", limit=3)'),
    ('s.list({"prefix": "a", "limit": 3,})', 's.list(prefix="a", limit=3)'),
    ('s.list( { "prefix" : "a" } )', 's.list(prefix="a")'),
    ('s.list({"limit": (1, 2), "prefix": (x := "a")})', 's.list(limit=(1, 2), prefix=(x := "a"))'),
    ("s.list({})", "s.list()"),
    ("s.list({\n})", "s.list()"),
    ('s.fetch("/x", {})', 's.fetch("/x")'),
    (
        's.list(\n    {"prefix": "a", "limit": 3}\n)',
        's.list(\n    prefix="a", limit=3\n)',
    ),
    (
        's.list({\n    "prefix": "a",\n    "limit": 3,\n})',
        's.list(\n    prefix="a",\n    limit=3,\n)',
    ),
    (
        's.list({\n\t"prefix": "a",\n\t"limit": 3\n})',
        's.list(\n\tprefix="a",\n\tlimit=3\n)',
    ),
    (
        's.list(\n    {\n        "prefix": "a",\n        "limit": 3,\n    }\n)',
        's.list(\n    prefix="a",\n    limit=3,\n)',
    ),
    (
        's.list(\n    {\n        "prefix": "a", "limit": 3,\n    }\n)',
        's.list(\n    prefix="a",\n    limit=3,\n)',
    ),
    (
        's.list({"prefix": "a",\n        "limit": 3})',
        's.list(prefix="a", limit=3)',
    ),
    (
        's.list({"prefix": "a",  # these\n        "limit": 3})',
        's.list(\n    prefix="a",  # these\n    limit=3\n)',
    ),
    (
        's.list({\n    "prefix": "a",  # these\n    # and\n    "limit": 3  # no more\n})',
        's.list(\n    prefix="a",  # these\n    # and\n    limit=3  # no more\n)',
    ),
    (
        's.list(  # call\n    {  # dict\n        "prefix": "a",\n        # end\n    },  # after\n)',
        's.list(  # call\n    # dict\n    prefix="a",\n    # end\n    # after\n)',
    ),
    (
        's.fetch("/x", {\n    "method": f({\n        "a": 1,\n    }),\n})',
        's.fetch(\n    "/x",\n    method=f({\n        "a": 1,\n    }),\n)',
    ),
    (
        's.fetch("/x", {"method": "POST", "content": f({\n    "a": 1,\n})})',
        's.fetch("/x", method="POST", content=f({\n    "a": 1,\n}))',
    ),
    (
        's.fetch(\n    "/x",\n    {\n        "content": ("a"\n            "b"),\n        # last\n'
        '        "method": """\n text""",\n    },\n)',
        's.fetch(\n    "/x",\n    content=("a"\n        "b"),\n    # last\n    method="""\n text""",\n)',
    ),
    (
        's.fetch(\n    "/x",\n    {"method": "POST", "content": "a"},\n)',
        's.fetch(\n    "/x",\n    method="POST",\n    content="a",\n)',
    ),
    (
        's.fetch({"method": "POST"}, timeout=3)',
        's.fetch(method="POST", timeout=3)',
    ),
    (
        's.fetch(\n    {"method": "POST"},\n    timeout=3,\n)',
        's.fetch(\n    method="POST",\n    timeout=3,\n)',
    ),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_arguments_stand_as_the_entries_did(before: str, after: str) -> None:
    call = cst.parse_expression(before)
    assert isinstance(call, cst.Call)
    options = next(argument for argument in call.args if isinstance(argument.value, cst.Dict))
    new = with_keywords(call, options, lambda element: element.key.evaluated_value)  # type: ignore[attr-defined]
    assert cst.Module([]).code_for_node(new) == after


def test_the_layout_moves_with_its_handler() -> None:
    source = textwrap.dedent(
        """
        async def on_message(message, connection, room):
            if message:
                found = await room.storage.list({
                    "startAfter": "a",  # behind it
                    "limit": 3,
                })


        default = {"onMessage": on_message}
        """
    )
    after = """
        if message:
            found = await self.room.storage.list(
                start_after="a",  # behind it
                limit=3,
            )
"""
    assert after in migrated(source).code
