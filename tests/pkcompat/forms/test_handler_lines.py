"""Handlers that never ran under the traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.forms.handler_lines import never_ran
from pkcompat.forms.process import FormProcess
from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated

FUNCTIONS = """
import functools
def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper
def on_message(message, connection, room):
    connection.send(message)
@decorated
def on_alarm(room):
    room.broadcast("rings")
"""
FORMS = {
    "dict": FUNCTIONS + "default = {'onMessage': on_message, 'onAlarm': on_alarm}",
    "module": FUNCTIONS,
    "partial": FUNCTIONS + "default = {'onMessage': functools.partial(on_message), 'onAlarm': on_alarm}",
    "instance": """
class Handlers:
    def on_message(self, message, connection, room):
        connection.send(message)
    def on_alarm(self, room):
        room.broadcast("rings")
default = Handlers()
""",
    "class": """
from partyserver import PartyServer
class Chat(PartyServer):
    def on_message(self, message, sender):
        sender.send(message)
    async def on_alarm(self):
        self.room.broadcast("rings")
""",
    "elsewhere": "from handlers import on_message, on_alarm\n"
    "default = {'onMessage': on_message, 'onAlarm': on_alarm}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_handler_that_never_ran_is_told_in_each_form(form: str, tmp_path: Path) -> None:
    file = tmp_path / "party.py"
    file.write_text(FORMS[form])
    (tmp_path / "handlers.py").write_text(FUNCTIONS)
    with FormProcess() as old, FormProcess() as new:
        verification = verify_generated(GenerationPlan(str(file), str(file), budget=2), processes=(old, new))
    assert verification.never_ran == ("on_alarm",)
    assert verification.warning == "never ran: on_alarm; nothing of it was compared"


def test_what_is_no_python_function_is_not_accused() -> None:
    lines = {"on_alarm": frozenset({("a.py", 3), ("a.py", 4)}), "on_close": frozenset[tuple[str, int]]()}
    assert never_ran(lines, frozenset({("a.py", 4)})) == ()
    assert never_ran(lines, frozenset({("b.py", 4)})) == ("on_alarm",)
