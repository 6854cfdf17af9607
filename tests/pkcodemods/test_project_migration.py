"""Files of a project that know each other."""

import itertools
import textwrap

import pytest
from tests.pkcodemods.checks import migrated_files

from pkcodemods import BytesResult, Settings, SourceFile, migrate_project

PARTY = """
    from partykit.server import PartyKitServer


    def on_connect(connection, room):
        room.broadcast("hi")


    default: PartyKitServer = {"onConnect": on_connect}
"""


def code(result: BytesResult) -> str:
    return result.data.decode()


@pytest.mark.parametrize(
    ("helper", "imports", "call"),
    [
        ("app/helpers.py", "from .helpers import announce", "announce(room)"),
        ("app/helpers.py", "from app.helpers import announce as tell", "tell(room)"),
        ("app/helpers.py", "from . import helpers", "helpers.announce(where=room)"),
        ("app/helpers.py", "import app.helpers", "app.helpers.announce(room)"),
        ("app/helpers.py", "import app.helpers as h", "h.announce(room)"),
        ("app/helpers.py", "import helpers", "helpers.announce(room)"),
        ("helpers/__init__.py", "from helpers import announce", "announce(room)"),
        ("app/inner/helpers.py", "from .inner.helpers import announce", "announce(room)"),
    ],
)
def test_a_helper_in_another_file_is_moved_to_the_new_names(helper: str, imports: str, call: str) -> None:
    results = migrated_files(
        {
            "src/app/party.py": f"{imports}\n\n\ndef f(connection, room):\n    {call}\n\n\n"
            f"default = {{'onConnect': f}}\n",
            f"src/{helper}": "def announce(where):\n    for c in where.connections.values():\n"
            "        c.socket.send('x')\n",
        }
    )
    assert code(results[f"src/{helper}"]).endswith(
        "    for c in where.get_connections():\n        c.send('x')\n"
    )
    assert results[f"src/{helper}"].outcome == "rewritten"
    assert results["src/app/party.py"].outcome == "rewritten"


def test_a_helper_of_a_helper_and_types_along_the_way() -> None:
    results = migrated_files(
        {
            "party.py": """
                from one import tell


                def f(connection, room):
                    tell(room)


                default = {"onConnect": f}
            """,
            "one.py": "from two import say\n\n\ndef tell(room):\n    say(room.connections['a'])\n",
            "two.py": """
                from partykit.server import PartyKitConnection


                def say(c: PartyKitConnection):
                    c.addEventListener("close", print)
            """,
        }
    )
    assert code(results["two.py"]) == (
        "from partyserver import Connection\n\n\ndef say(c: Connection):\n"
        '    c.add_event_listener("close", print)\n'
    )
    assert "get_connection" in code(results["one.py"])


def test_a_helper_that_was_not_given_gets_the_view() -> None:
    files = {
        "party.py": "from helpers import tell\n\n\ndef f(connection, room):\n    tell(room)\n\n\n"
        "default = {'onConnect': f}\n"
    }
    (result,) = migrated_files(files).values()
    assert [finding.code for finding in result.parties[0].findings] == ["PK201"]
    assert "tell(legacy_room(self.room))" in code(result)


def test_a_helper_that_cannot_be_moved_stays_and_gets_the_view() -> None:
    results = migrated_files(
        {
            "party.py": "from helpers import tell\n\n\ndef f(connection, room):\n    tell(room)\n\n\n"
            "default = {'onConnect': f}\n",
            "helpers.py": "import elsewhere\n\n\ndef tell(room):\n    elsewhere.log([room])\n"
            "    room.connections\n",
        }
    )
    assert results["helpers.py"].outcome == "untouched"
    assert "tell(legacy_room(self.room))" in code(results["party.py"])


@pytest.mark.parametrize(
    "importer",
    [
        "from party import on_connect\n\non_connect(None, None)\n",
        "from party import on_connect as handler\n",
        "import party\n\nparty.on_connect(None, None)\n",
        "from party import *\n",
        "import importlib\n\nimport party\n\nimportlib.reload(party)\n",
        "def test():\n    from party import on_connect\n\n    return on_connect\n",
        "from party import (\n    default,\n    on_connect,\n)\n",
    ],
)
def test_a_handler_that_another_file_uses_stays_a_function(importer: str) -> None:
    results = migrated_files({"party.py": PARTY, "tests/test_party.py": importer})
    assert results["tests/test_party.py"].outcome == "untouched"
    party = code(results["party.py"])
    assert party.startswith("from partyserver import PartyServer\n\n\ndef on_connect(connection, room):\n")
    assert "        on_connect(connection, self.room)\n" in party


def test_functions_that_another_party_handles_with_are_no_party() -> None:
    results = migrated_files(
        {
            "handlers.py": "def on_close(connection, room):\n    room.getConnections()\n",
            "party.py": "from handlers import on_close\n\ndefault = {'onClose': on_close}\n",
        }
    )
    assert code(results["handlers.py"]) == "def on_close(connection, room):\n    room.get_connections()\n"
    assert results["handlers.py"].parties == ()
    assert "        on_close(connection, self.room)\n" in code(results["party.py"])


def test_files_of_one_name_are_told_apart() -> None:
    helper = "def tell(room):\n    room.getConnections()\n"
    results = migrated_files(
        {
            "a/party.py": "from helpers import tell\n\n\ndef f(c, room):\n    tell(room)\n\n\n"
            "default = {'onConnect': f}\n",
            "a/helpers.py": helper,
            "b/helpers.py": helper,
        }
    )
    assert results["a/helpers.py"].outcome == "rewritten"
    assert results["b/helpers.py"].outcome == "untouched"


def test_a_file_that_cannot_be_read_ends_nothing() -> None:
    party = textwrap.dedent(PARTY).encode()
    files = {
        "broken.py": b"from partykit.server import Room\ndefault = (\n",
        "party.py": party,
        "deep.py": party + b"x = " + b"-" * 300 + b"1\n",
        "data.py": b"x = 1\n",
    }
    found = migrate_project([SourceFile(path, data) for path, data in files.items()])
    results = dict(zip(files, found, strict=True))
    assert [result.outcome for result in results.values()] == ["error", "rewritten", "rewritten", "untouched"]
    assert results["broken.py"].findings[0].line == 2


def test_what_is_only_told_is_not_rewritten() -> None:
    (result,) = migrate_project([SourceFile("party.py", textwrap.dedent(PARTY).encode())], rewrites=False)
    assert (result.outcome, result.data) == ("rewritten", textwrap.dedent(PARTY).encode())


def test_settings_go_by_path() -> None:
    settings = Settings(per_file_ignores={"old/*": ("all",)})
    results = migrated_files({"old/party.py": PARTY, "new/party.py": PARTY}, settings)
    assert [result.outcome for result in results.values()] == ["untouched", "rewritten"]


def test_a_helper_that_a_test_calls_with_a_fake_stays() -> None:
    results = migrated_files(
        {
            "party.py": """
                from helpers import tell


                def f(connection, room):
                    tell(room)


                default = {"onConnect": f}
            """,
            "helpers.py": "def tell(room):\n    return room.connections.get('a')\n",
            "test_helpers.py": """
                from helpers import tell


                class FakeRoom:
                    connections = {"a": 1}


                def test_tell():
                    assert tell(FakeRoom()) == 1
            """,
        }
    )
    assert results["helpers.py"].outcome == results["test_helpers.py"].outcome == "untouched"
    assert results["party.py"].outcome == "residue"
    assert "tell(legacy_room(self.room))" in code(results["party.py"])


def test_what_is_told_is_what_would_be_done() -> None:
    files = [
        SourceFile(
            "party.py", b"from h import t\n\n\ndef f(c, room):\n    t(room)\n\n\ndefault = {'onConnect': f}\n"
        ),
        SourceFile("h.py", b"def t(room):\n    room.getConnections()\n"),
    ]
    done, told = migrate_project(files), migrate_project(files, rewrites=False)
    assert [result.outcome for result in told] == [result.outcome for result in done] == ["rewritten"] * 2
    assert [result.data for result in told] == [file.data for file in files]


HANDLERS = """
    from partykit.server import PartyKitConnection, PartyKitRoom


    def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
        room.connections["a"].send(connection.id)
"""


@pytest.mark.parametrize("imports", ["from . import handlers", "from board import handlers"])
def test_a_package_that_imports_its_own_module_takes_handlers_from_it(imports: str) -> None:
    results = migrated_files(
        {
            "board/__init__.py": f"{imports}\n\ndefault = {{'onConnect': handlers.on_connect}}\n",
            "board/handlers.py": HANDLERS,
        }
    )
    assert {result.outcome for result in results.values()} == {"rewritten"}
    assert "handlers.on_connect(connection, self.room)" in code(results["board/__init__.py"])
    assert 'room.get_connection("a")' in code(results["board/handlers.py"])


@pytest.mark.parametrize("length", [1, 2, 3, 40])
@pytest.mark.parametrize("is_cycle", [True, False])
def test_chains_of_imports_of_every_length_are_followed(length: int, is_cycle: bool) -> None:
    names = [f"m{number}" for number in range(length)]
    files = {
        f"a/{name}.py": f"from a.{after} import on_connect\n" for name, after in itertools.pairwise(names)
    }
    last = f"from a.{names[0]} import on_connect\n" if is_cycle else textwrap.dedent(HANDLERS)
    files[f"a/{names[-1]}.py"] = last
    files["a/__init__.py"] = ""
    files["a/party.py"] = f"from a.{names[0]} import on_connect\n\ndefault = {{'onConnect': on_connect}}\n"
    results = migrated_files(files)
    assert results["a/party.py"].outcome == ("wrapped" if is_cycle else "rewritten")
    assert "too deeply" not in repr(results)


def test_a_module_that_another_package_hands_on_under_a_name_of_its_own_keeps_its_functions() -> None:
    party = textwrap.dedent(PARTY)
    results = migrated_files(
        {
            "app/__init__.py": "from . import chat as c\n",
            "app/chat.py": party,
            "test_chat.py": "from app import c\n\nc.on_connect(None, None)\n",
        }
    )
    assert "\ndef on_connect(connection, room):" in code(results["app/chat.py"])


def test_who_uses_a_party_that_shows_no_handler_itself_is_read_too() -> None:
    """Its handlers stand in its base, and nothing in either file names PartyKit."""
    results = migrated_files(
        {
            "base.py": """
            class Base:
                def onMessage(self, message, connection, room):
                    room.broadcast(self.shown(message))
            """,
            "chat.py": """
            from base import Base


            class Chat(Base):
                def shown(self, text):
                    return text.upper()


            default = Chat()
            """,
            "test_chat.py": """
            from chat import Chat


            def test_shown():
                assert Chat().shown("hi") == "HI"
            """,
        }
    )
    assert [result.outcome for result in results.values()] == ["untouched", "rewritten", "untouched"]
    assert "chat = Chat()\n" in results["chat.py"].data.decode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "HANDLERS = dict(map(str.split, []))",
        "HANDLERS = {name: print for name in ('onConnect',)}",
        "def made():\n    return {}\n\n\nHANDLERS = made()",
        "HANDLERS = {}\nfor name in ('onClose',):\n    HANDLERS[name] = print",
        "HANDLERS = {'onClose': print} if __debug__ else {}",
    ],
)
@pytest.mark.parametrize("export", ["{**HANDLERS, 'onMessage': on_message}", "HANDLERS", "HANDLERS | {}"])
def test_a_finding_about_another_files_code_points_at_the_party(elsewhere: str, export: str) -> None:
    """Found before: at the file's first character."""
    party = f"""
        from partykit.server import PartyKitServer
        from common import HANDLERS


        def on_message(message, connection, room):
            room.broadcast(message)


        default: PartyKitServer = {export}
    """
    results = migrated_files({"party.py": party, "common.py": elsewhere + "\n"})
    findings = [finding for each in results["party.py"].parties for finding in each.findings]
    assert findings
    assert {finding.line for finding in findings} == {9}
