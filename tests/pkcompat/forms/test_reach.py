"""Lines of code that handlers can reach, across files."""

from __future__ import annotations

from pathlib import Path

from pkcompat.forms.reach import reachable_lines
from pkcompat.migrate.target import migrated_sources
from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated

MAIN = b"from handlers import on_message\n\ndefault = {'onMessage': on_message}\n"
HANDLERS = b"""\
from deep import shout as loud


def on_message(message, connection, room):
    if message == str(id(message)):
        connection.send("never")
    connection.send(loud(message))


def unused():
    return 1
"""
DEEP = b"""\
def shout(text):
    return TABLE["up"](text)


def up(text):
    return text.upper()


def down(text):
    return text


TABLE = {"up": up}
"""
FILES = {"main.py": MAIN, "handlers.py": HANDLERS, "deep.py": DEEP}
REACHABLE = frozenset(
    {("handlers.py", 5), ("handlers.py", 6), ("handlers.py", 7), ("deep.py", 2), ("deep.py", 6)}
)


def test_what_imported_handlers_reach_counts_and_nothing_else_of_those_files() -> None:
    assert reachable_lines(FILES, "main.py", [frozenset({("handlers.py", 7)})]) == REACHABLE


def test_a_method_that_calls_an_imported_function_of_its_own_name_reaches_it() -> None:
    main = b"""\
from handlers import on_message
from partyserver import PartyServer


class Chat(PartyServer):
    def on_message(self, message, sender):
        on_message(message, sender, self.room)
"""
    lines = reachable_lines({**FILES, "main.py": main}, "main.py", [frozenset({("main.py", 7)})])
    assert lines == REACHABLE | {("main.py", 7)}


def test_all_functions_of_the_partys_own_module_count() -> None:
    assert reachable_lines({"main.py": DEEP}, "main.py", []) == {
        ("main.py", 2),
        ("main.py", 6),
        ("main.py", 10),
    }


def test_a_branch_elsewhere_that_cannot_come_true_is_told(tmp_path: Path) -> None:
    for name, code in FILES.items():
        (tmp_path / name).write_bytes(code)
    target = str(tmp_path / "main.py")
    verification = verify_generated(
        GenerationPlan(target, target, migrated_sources(target).sources, budget=12)
    )
    assert verification.agrees
    assert verification.old.told_missed == "handlers.py: 6"
    assert (verification.old.ran, verification.old.count) == (4, 5)
    assert verification.old.whose == "the functions that its events can reach"
