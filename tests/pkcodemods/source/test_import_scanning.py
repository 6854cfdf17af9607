"""Names imported from a module, found by text alone."""

import pytest

from pkcodemods.source.import_scanning import imported_names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b as c, d", {"a.b", "d"}),
        ("from .a import b as c", {".a", ".a.b"}),
        ("    from . import a", {".", ".a"}),
        ("from .. a import *", {"..a"}),
        ("from a import (\n    b,  # from z\n    c,\n)", {"a", "a.b", "a.c"}),
        ("from a import \\\n    b", {"a", "a.b"}),
        ("from a \\\r\n    import b", {"a", "a.b"}),
        ("if x: import a", {"a"}),
        ("x = 1; import a; from b import c", {"a", "b", "b.c"}),
        ("import a\r\nimport b\r\n", {"a", "b"}),
        ("from test_import import import_helper", {"test_import", "test_import.import_helper"}),
    ],
)
def test_what_is_imported(source: str, names: set[str]) -> None:
    assert imported_names(source.encode()) == names


@pytest.mark.parametrize(
    "source", ["", "important = chat", "# you can import chat", "x = importlib(chat)", "'to import chat'"]
)
def test_other_lines_import_nothing(source: str) -> None:
    assert imported_names(source.encode()) == frozenset()
