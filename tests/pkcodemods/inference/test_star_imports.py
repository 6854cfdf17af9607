"""What comes by `from module import *` is followed as what is imported by its name."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import migrated_files
from tests.pkcodemods.importing import import_problems

HELPERS = """
    import json
    from partykit.server import PartyKitConnection, PartyKitRoom


    class Greeter:
        def __init__(self, text="hi"):
            self.text = text

        def to(self, connection: PartyKitConnection) -> None:
            connection.socket.send(self.text)


    GREETER = Greeter()


    def tell(room, text):
        for peer in room.connections.values():
            peer.socket.send(text)


    async def count(room: PartyKitRoom) -> int:
        return len(await room.storage.list({"prefix": "n"}))


    def on_close(connection, room):
        tell(room, "bye")
"""
PARTY = """
    import json
    {imports}


    async def on_connect(connection, room):
        GREETER.to(connection)
        tell(room, json.dumps(await count(room)))


    def on_message(message, connection, room):
        Greeter(message).to(connection)
        for f in (tell,):
            f(room, message)


    default = {{"onConnect": on_connect, "onMessage": on_message, "onClose": on_close}}
"""
NAMED = "from helpers import GREETER, Greeter, count, on_close, tell"
LAYOUTS = {
    "*": ("from helpers import *", {"helpers.py": HELPERS}),
    "* of *": (
        "from between import *",
        {"helpers.py": HELPERS, "between.py": "from helpers import *\n"},
    ),
    "* of names": (
        "from between import *",
        {"helpers.py": HELPERS, "between.py": f"{NAMED}\n"},
    ),
    "several": (
        "from empty import *\nfrom helpers import *\nfrom more import *",
        {"helpers.py": HELPERS, "empty.py": "x = 1\n", "more.py": "from helpers import *\ny = 1\n"},
    ),
    "in a circle": (
        "from helpers import *",
        {"helpers.py": HELPERS + "\n\n    from round import *\n", "round.py": "from helpers import *\n"},
    ),
    "listed": (
        "from helpers import *",
        {
            "helpers.py": HELPERS
            + "\n\n    __all__ = ['GREETER', 'Greeter', 'count', 'on_close', 'tell', 'PartyKitRoom']\n"
        },
    ),
}


def body(text: str) -> list[str]:
    """The lines of a module that are no imports."""
    return [line for line in text.splitlines() if line and not line.startswith(("from ", "import "))]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_becomes_what_it_becomes_with_names(layout: str) -> None:
    imports, others = LAYOUTS[layout]
    named = migrated_files({"party.py": PARTY.format(imports=NAMED), "helpers.py": HELPERS})
    starred = migrated_files({"party.py": PARTY.format(imports=imports.replace("\n", "\n    ")), **others})
    assert str(starred["party.py"].outcome) == "rewritten"
    after = {path: result.data.decode() for path, result in starred.items()}
    assert body(after["party.py"]) == body(named["party.py"].data.decode())
    assert "connections.values()" not in after["helpers.py"]
    assert import_problems([(after, "party")]) == [""]


@pytest.mark.parametrize(
    ("imports", "helpers"),
    [
        ("from helpers import *\nfrom elsewhere import *", HELPERS),
        ("from helpers import *", HELPERS + "\n\n    __all__ = ['GREETER', 'Greeter', 'count']\n"),
    ],
)
def test_where_another_module_may_bring_the_name_nothing_is_concluded(imports: str, helpers: str) -> None:
    files = {"party.py": PARTY.format(imports=imports.replace("\n", "\n    ")), "helpers.py": helpers}
    result = migrated_files(files)["party.py"]
    assert str(result.outcome) == "wrapped"


def test_a_module_that_only_hands_on_names_is_not_told_of() -> None:
    files = {
        "app/__init__.py": '"""All of it."""\n\nfrom .helpers import *\n',
        "app/helpers.py": HELPERS,
        "party.py": PARTY.format(imports="from app import *"),
    }
    result = migrated_files(files)["app/__init__.py"]
    assert (str(result.outcome), result.findings) == ("untouched", ())


@pytest.mark.parametrize(
    "imports", ["from helpers import *\nfrom far import *", f"{NAMED}\nfrom far import WHAT"]
)
def test_where_the_handlers_of_a_wrapped_party_are_is_no_party_in_the_second_run(imports: str) -> None:
    party = PARTY.format(imports=imports.replace("\n", "\n    "))
    files = {"party.py": party.replace('"onMessage": on_message', '"onMessage": WHAT'), "helpers.py": HELPERS}
    results = migrated_files(files)  # runs twice
    assert str(results["party.py"].outcome) == "wrapped"
    assert not results["helpers.py"].parties
