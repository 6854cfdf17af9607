"""One import of two that say the same."""

from __future__ import annotations

import libcst as cst
import pytest

from pkcodemods.rewriting.import_merging import with_merged_imports


def merged(source: str, *, before: str = "", width: int = 88) -> str:
    """A source with its imports merged, where none of them was there before."""
    return with_merged_imports(cst.parse_module(source), cst.parse_module(before), width).code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from partyserver import B\nfrom partyserver import A\n", "from partyserver import A, B\n"),
        ("from partyserver import A, B\nfrom partyserver import B, A\n", "from partyserver import A, B\n"),
        (
            "from partyserver import A\nimport json\nfrom partyserver import A as C\n",
            "from partyserver import A, A as C\nimport json\n",
        ),
        ("from partyserver import (A)\nfrom partyserver import B\n", "from partyserver import (A, B)\n"),
        (
            "if x:\n    from partyserver import A\n    from partyserver import B\n",
            "if x:\n    from partyserver import A, B\n",
        ),
        (
            "from partyserver import (\n    A,  # a\n    B\n)\nfrom partyserver import C\n",
            "from partyserver import (\n    A,  # a\n    B,\n    C,\n)\n",
        ),
        (
            "from partyserver import A\nfrom partyserver import A as B  # for plugins\n",
            "from partyserver import (\n    A,\n    A as B,  # for plugins\n)\n",
        ),
        (
            "# above\nfrom partyserver import A  # ours\n\nfrom partyserver import B\n",
            "# above\nfrom partyserver import A, B  # ours\n",
        ),
        (
            "from pkcompat import a\nfrom partyserver import A\nfrom pkcompat import b\n",
            "from pkcompat import a, b\nfrom partyserver import A\n",
        ),
        (
            "def f():\n    from partyserver import A\n    from partyserver import B\n    return A, B\n",
            "def f():\n    from partyserver import A, B\n    return A, B\n",
        ),
    ],
)
def test_two_imports_become_one(source: str, expected: str) -> None:
    assert merged(source) == expected
    assert merged(expected) == expected


def test_a_line_that_gets_too_long_has_a_name_a_line() -> None:
    source = "from partyserver import Connection\nfrom partyserver import Room\n"
    assert merged(source, width=40) == "from partyserver import Connection, Room\n"
    assert merged(source, width=39) == "from partyserver import (\n    Connection,\n    Room,\n)\n"


@pytest.mark.parametrize(
    "source",
    [
        "from partyserver import A\nif x:\n    from partyserver import B\n",
        "try:\n    from partyserver import A\nexcept ImportError:\n    from partyserver import B\n",
        "from partyserver import A\nA = 1\nfrom partyserver import B\n",
        "from partyserver import A\nfrom other import B\nfrom partyserver import B\n",
        "from partyserver import A\nfrom other import *\nfrom partyserver import B\n",
        "from partyserver import A\nfrom .partyserver import B\n",
        "from partyserver import A\nfrom partyserver import *\n",
        "from partyserver import A\nimport x; from partyserver import B\n",
        "from partyserver import A  # noqa: F401\nfrom partyserver import B\n",
        "from partyserver import A\nfrom partyserver import B  # type: ignore\n",
        "from partyserver import A\n# the others\nfrom partyserver import B\n",
        "from partyserver import A\nfrom partyserver import B, C  # both\n",
        "from partyserver import A\nfrom partyserver import (  # more\n    B,\n)\n",
        "import partyserver\nfrom partyserver import B\n",
        "from collections import a\nfrom collections import b\n",
    ],
)
def test_what_stands_apart_for_a_reason_stays_apart(source: str) -> None:
    assert merged(source) == source


def test_two_imports_of_the_user_stay_two() -> None:
    source = "from partyserver import A\nfrom partyserver import B\n"
    assert merged(source, before=source) == source
