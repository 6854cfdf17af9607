"""Statements replaced in blocks: comments stay, what is emptied goes."""

import libcst as cst
import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods.rewriting.import_blocks import ImportBlocks


def without(source: str, *gone: str) -> str:
    """A source without its imports of some modules."""
    tree = cst.parse_module(source)
    replaced: dict[cst.CSTNode, list[cst.BaseSmallStatement]] = {}

    class Imports(cst.CSTVisitor):
        def visit_Import(self, node: cst.Import) -> None:  # noqa: N802 - libcst's name
            if node.names[0].evaluated_name in gone:
                replaced[node] = []

    tree.visit(Imports())
    assert replaced
    new = tree.visit(ImportBlocks(replaced)).code
    compile(new, "new.py", "exec")
    return new


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import a\nx = 1\n", "x = 1\n"),
        ("# why\nimport a  # how\nx = 1\n", "# why\n# how\nx = 1\n"),
        ("import a  # noqa: F401\nx = 1\n", "x = 1\n"),
        ("x = 1\n# why\nimport a\n", "x = 1\n# why\n"),
        ("import a; import b; x = 1\n", "import b\nx = 1\n"),
        ("if t:\n    import a\nx = 1\n", "x = 1\n"),
        ("if t: import a\nx = 1\n", "x = 1\n"),
        ("# which\nif t:\n    # why\n    import a\nx = 1\n", "# which\n# why\nx = 1\n"),
        ("if t:\n    import a\nelse:\n    x = 1\n", "if t:\n    pass\nelse:\n    x = 1\n"),
        ("if t:\n    x = 1\nelse:\n    import a\n", "if t:\n    x = 1\n"),
        ("if t:\n    import a\nelif u:\n    import a\nx = 1\n", "x = 1\n"),
        ("if t:\n    import b\nelif u:\n    import a\nx = 1\n", "if t:\n    import b\nx = 1\n"),
        ("try:\n    import a\nexcept ImportError:\n    pass\nx = 1\n", "x = 1\n"),
        ("try:\n    import a\nexcept ImportError:\n    import a\nx = 1\n", "x = 1\n"),
        (
            "try:\n    import a\nexcept ImportError:\n    x = 1\n",
            "try:\n    pass\nexcept ImportError:\n    x = 1\n",
        ),
        ("def f():\n    import a\n", "def f():\n    pass\n"),
        ("def f():\n    import a\n    return 1\n", "def f():\n    return 1\n"),
        ("class C:\n    import a\n", "class C:\n    pass\n"),
        (
            "for x in y:\n    with z:\n        import a\n        f()\n",
            "for x in y:\n    with z:\n        f()\n",
        ),
    ],
)
def test_what_is_emptied_goes_and_comments_stay(before: str, after: str) -> None:
    assert without(before, "a") == after


SERVER = "from partykit.server import "


@pytest.mark.parametrize(
    ("imports", "end"),
    [
        (f"{SERVER}PartyKitRoom\n{SERVER}PartyKitServer  # type: ignore[x]\n", "  # type: ignore[x]"),
        (f"{SERVER}PartyKitServer  # noqa: E501\n{SERVER}PartyKitRoom  # nosec\n", "  # noqa: E501  # nosec"),
        (
            "from partyserver import Room  # noqa: F401\n"
            f"{SERVER}PartyKitRoom, PartyKitServer  # noqa: I001\n",
            "  # noqa: F401  # noqa: I001",
        ),
    ],
)
def test_a_pragma_goes_where_what_it_is_about_goes(imports: str, end: str) -> None:
    party = "\n\ndef on_connect(connection, room: PartyKitRoom) -> None: ...\n\n\nkeep: PartyKitRoom\n"
    result = migrated(f"{imports}{party}default: PartyKitServer = {{'onConnect': on_connect}}\n")
    first = result.code.splitlines()[0]
    assert first.startswith("from partyserver import ")
    assert first.endswith(end)
