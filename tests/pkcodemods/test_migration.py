"""A bug of the codemod costs the modules that it is about, and is told."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

from pkcodemods import SourceFile, migrate_bytes, migrate_project, migrate_source
from pkcodemods.rewriting.module import ModuleRewriter
from pkcodemods.source.keyword_spaces import with_keyword_spaces
from pkcodemods.source.scope_builder import ScopeBuilder

FIXTURES = Path(__file__).parents[2] / "fixtures"

PARTY = """
from partykit.server import PartyKitServer


def on_connect(connection, room):
    room.broadcast("hi")


default: PartyKitServer = {"onConnect": on_connect}
""".lstrip()


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A codemod that fails over every module that it would change."""

    def rewrite(self: ModuleRewriter) -> None:
        raise KeyError("peer")

    monkeypatch.setattr(ModuleRewriter, "rewrite", rewrite)


@pytest.mark.usefixtures("bug")
def test_the_module_stays_and_the_exception_is_told() -> None:
    result = migrate_source(PARTY)
    assert (result.outcome, result.code, result.parties) == ("error", PARTY, ())
    [finding] = result.findings
    assert (finding.code, finding.line) == ("PK902", 1)
    assert "KeyError: 'peer' (migration.py, line " in finding.message
    assert "report" in finding.help


@pytest.mark.usefixtures("bug")
def test_bytes_stay_to_the_byte() -> None:
    data = b"\xef\xbb\xbf" + PARTY.replace("\n", "\r\n").encode()
    result = migrate_bytes(data)
    assert (result.outcome, result.data) == ("error", data)


@pytest.mark.usefixtures("bug")
def test_other_modules_of_a_project_are_done() -> None:
    helper, other = b"def tell(room):\n    room.parties\n", b"x = 1\n"
    party = f"from helper import tell\n{PARTY}".replace('room.broadcast("hi")', "tell(room)").encode()
    files = [SourceFile("helper.py", helper), SourceFile("party.py", party), SourceFile("other.py", other)]
    results = migrate_project(files)
    assert [result.outcome for result in results] == ["untouched", "error", "untouched"]
    assert [result.data for result in results] == [helper, party, other]


def test_a_bug_while_reading_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(self: ScopeBuilder, tree: object) -> None:
        raise LookupError("no scope")

    monkeypatch.setattr(ScopeBuilder, "build", build)
    [result] = migrate_project([SourceFile("party.py", PARTY.encode())])
    assert (result.outcome, result.data) == ("error", PARTY.encode())
    assert "LookupError: no scope (modules.py, line " in result.findings[0].message
    assert migrate_source(PARTY).findings == result.findings


def test_what_does_not_parse_is_not_let_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModuleRewriter, "_spaced", lambda self, body: [*body, *_nonsense()])
    result = migrate_source(PARTY)
    assert (result.outcome, result.code) == ("error", PARTY)
    assert "OutputError: what came out does not parse" in result.findings[0].message


def _nonsense() -> list[object]:
    import libcst as cst

    return [cst.SimpleStatementLine([cst.Expr(cst.Name("class"))])]


def tight(source: str, kept: float, rng: random.Random) -> str:
    """A source without most of the spaces that Python does not need beside brackets and strings."""
    return re.sub(
        r"""(?<=[\w)\]}"']) (?=[\[({"'])|(?<=[)\]}"']) (?=\w)""",
        lambda _: " " if rng.random() < kept else "",
        source,
    )


@pytest.mark.parametrize("name", ["ask_object", "decorated_rate_limit"])
def test_a_name_comes_where_a_string_or_a_bracket_touched_a_keyword(name: str) -> None:
    """Without the spaces that it then needs, it would be another name."""
    source = (FIXTURES / "party_flows" / f"{name}.py").read_text()
    result = migrate_source(tight(source, 0, random.Random(0)))
    assert result.outcome == migrate_source(source).outcome == "rewritten"
    ast.parse(result.code)
    assert re.search(r"""[\])]if|if["(]|[\])]or""", result.code) is None


def test_tight_sources_are_migrated_like_others() -> None:
    rng = random.Random(4)
    for path in rng.sample(sorted((FIXTURES / "party_flows").glob("*.py")), 12):
        source = path.read_text()
        tightened = tight(source, rng.choice((0, 0.5)), rng)
        ast.parse(tightened)
        result = migrate_source(tightened)
        expected = migrate_source(with_keyword_spaces(tightened))
        if any(each.code == "PK901" for each in result.findings):
            continue  # an f-string that LibCST refuses, in a Python to which it is one token
        assert result.outcome == expected.outcome, path.name
        assert ast.dump(ast.parse(result.code)) == ast.dump(ast.parse(expected.code)), path.name
