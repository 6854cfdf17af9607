"""Names imported from a module, found by text alone."""

import time

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


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from größe import helfer", {"größe", "größe.helfer"}),
        ("from größé import *", {"größé"}),
        ("import संदेश.भेज", {"संदेश.भेज"}),
        ("from ﬁne import x", {"fine", "fine.x"}),
        ('import_module("größé.ä")', {"größé", "größé.ä"}),
        ("import a\rimport b\rfrom c import d\r", {"a", "b", "c", "c.d"}),
        ("x = 1\n\fimport a\n\f\nimport b", {"a", "b"}),
    ],
)
def test_names_outside_ascii_and_other_line_ends(source: str, names: set[str]) -> None:
    assert imported_names(source.encode()) == names


def test_a_name_is_read_in_the_encoding_of_its_file() -> None:
    assert imported_names("# coding: latin-1\nimport größe\n".encode("latin-1")) == {"größe"}


@pytest.mark.parametrize(
    "hostile",
    [
        "from " + "." * 50_000 + "x x import y",
        "from " + ". " * 50_000 + "x x import y",
        "from " + "a" * 50_000 + " x import y",
        "import_module('" + "a." * 50_000 + "a')",
        "import_module(" + " " * 100_000 + "import",
        "import a;" * 20_000,
        "import " + "a," * 50_000,
        "x = 1 \\\n" * 20_000 + "import a",
        "import_module('" + "." * 100_000 + "import",
    ],
    ids=lambda text: text[:24],
)
def test_no_text_takes_more_than_linear_time(hostile: str) -> None:
    start = time.perf_counter()
    names = imported_names(hostile.encode())
    assert time.perf_counter() - start < 5  # before: half a minute, or gigabytes
    assert sum(map(len, names)) < 1_000_000
