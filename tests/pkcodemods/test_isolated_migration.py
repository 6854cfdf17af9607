"""Sources that overflow a stack: reported, whatever they do to the process that parses them."""

import pickle
import sys
from pathlib import Path

import pytest

from pkcodemods import Settings, migrate_bytes, migrate_source
from pkcodemods.isolated_migration import migrate_isolated
from pkcodemods.large_stack import with_large_stack

PARTY = """from partykit.server import PartyKitServer


def on_connect(connection, room):
    room.broadcast("hi")


default: PartyKitServer = {"onConnect": on_connect}
"""


def test_a_source_that_kills_its_parser_is_an_error() -> None:
    source = PARTY + "x = " + "not " * 1_000_000 + "1\n"
    result = migrate_source(source)
    assert (result.outcome, result.code) == ("error", source)
    (finding,) = result.findings
    assert (finding.code, finding.message) == ("PK901", "the code is nested too deeply to be parsed")


def test_brackets_that_python_refuses_are_an_error_in_its_words() -> None:
    data = (PARTY + "x = " + "(" * 300 + "1" + ")" * 300 + "\n").encode()
    result = migrate_bytes(data)
    assert (result.outcome, result.data) == ("error", data)
    assert (result.findings[0].message, result.findings[0].line) == ("too many nested parentheses", 9)


@pytest.mark.parametrize(
    "deep",
    [
        "x = (\n    " + " + ".join(["1"] * 1_000) + "\n)\n",
        "if a:\n    pass\n" + "elif b:\n    pass\n" * 800,
        "x = q" + ".where(a)" * 300 + "\n",
    ],
    ids=["operators", "branches", "a chain of calls"],
)
def test_a_source_past_the_usual_recursion_is_migrated_all_the_same(deep: str) -> None:
    result = migrate_source(PARTY + deep)
    if sys.version_info[:2] == (3, 12) and result.outcome == "error":
        # Its bound on recursion through C cannot be raised, and LibCST prints through context managers.
        assert result.code == PARTY + deep
        return
    assert result.outcome == "rewritten", result
    assert result.code.endswith("default = Server\n" + deep)


def test_a_huge_class_is_migrated() -> None:
    methods = "".join(f"    def method_{i}(self):\n        return {i}\n\n" for i in range(1_500))
    source = PARTY + "\n\nclass Huge:\n" + methods.rstrip("\n") + "\n"
    result = migrate_source(source)
    assert result.outcome == "rewritten"
    assert methods.rstrip("\n") in result.code


def test_the_other_process_gives_what_this_one_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libcst.py").write_text("raise SystemExit('a file of this folder was imported')")
    monkeypatch.chdir(tmp_path)
    here = migrate_source(PARTY)
    assert migrate_isolated(PARTY, "party.py", Settings(), rewrites=True) == here
    scanned = migrate_isolated(PARTY, "party.py", Settings(), rewrites=False)
    assert (scanned.code, scanned.parties) == (PARTY, here.parties)
    assert pickle.loads(pickle.dumps(here)) == here


def test_an_exception_comes_out_of_the_large_stack() -> None:
    with pytest.raises(KeyError):
        with_large_stack(lambda: {}["x"])
