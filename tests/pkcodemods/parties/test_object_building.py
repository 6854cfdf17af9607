"""Objects of handlers that several statements build."""

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

PARTY = """from partykit.server import PartyKitServer


def greet(connection, room):
    room.broadcast("hi")


def echo(message, connection):
    connection.send(message)


default: PartyKitServer = {"onConnect": greet}
"""


@pytest.mark.parametrize(
    "line",
    [
        'default["onMessage"] = echo',
        'default.update({"onMessage": echo})',
        "default.update(onMessage=echo, onClose=None)",
        "default.update(dict(onMessage=echo))",
        'default |= {"onMessage": echo}',
        'default.setdefault("onMessage", echo)',
        'default.setdefault("onConnect", echo)\ndefault["onMessage"] = echo',
        'default["onMessage"] = greet\ndefault["onMessage"] = echo',
        'default["onClose"] = greet\ndel default["onClose"]\ndefault["onMessage"] = echo',
        'default["onClose"] = greet\ndefault.pop("onClose", None)\ndefault["onMessage"] = echo',
        'default = {**default, "onMessage": echo}',
        'default = default | {"onMessage": echo}',
        "default = dict(default, onMessage=echo)",
        'default = {"onConnect": greet, "onMessage": echo}',
        'MORE = {"onMessage": echo}\ndefault.update(MORE)',
        'MORE = {"onMessage": echo}\ndefault |= MORE.copy()',
    ],
)
def test_what_changes_an_object_before_it_is_done_is_followed(line: str) -> None:
    result = migrated(f"{PARTY}{line}\n")
    (party,) = result.parties
    assert (result.outcome, set(party.handlers)) == ("rewritten", {"on_connect", "on_message"})
    assert "pkcompat" not in result.code
    assert "partykit" not in result.code
    assert result.code.rstrip().endswith("default = Server")


@pytest.mark.parametrize(
    "lines",
    [
        'if greet:\n    default["onMessage"] = echo\n',
        'for name in ("onMessage",):\n    default[name] = echo\n',
        'def register():\n    default["onMessage"] = echo\n\n\nregister()\n',
        'print(default)\ndefault["onMessage"] = echo\n',
        'lobby = default\ndefault["onMessage"] = echo\n',
        "default.update(make())\n",
        "default[make()] = echo\n",
        'setattr(default, "onMessage", echo)\n',
        "default.onMessage = echo\n",
        'default.clear()\ndefault["onMessage"] = echo\n',
        'default["onMessage"] = x = echo\n',
        'default["onClose"] = make()\ndefault["onClose"] = echo\n',
        'default = {"onConnect": make()}\ndefault = {"onConnect": greet}\n',
        'default["onClose"] = functools.partial(make(), 1)\ndefault["onMessage"] = echo\n',
    ],
)
def test_what_only_shows_when_it_runs_is_wrapped(lines: str) -> None:
    result = migrated(f"{PARTY}{lines}")
    assert result.outcome == "wrapped"
    assert "legacy_to_class(" in result.code


def test_an_object_of_several_other_names() -> None:
    source = PARTY.replace("default:", "_own:") + '_own["onMessage"] = echo\ndefault = lobby = _own\n'
    result = migrated(source)
    assert result.outcome == "rewritten"
    assert result.code.endswith("default = lobby = _own\n")


def test_a_namespace_takes_a_dict_of_handlers() -> None:
    source = PARTY.replace("default:", "COMMON:").replace("partykit.server import", "partykit.server import")
    more = (
        "from types import SimpleNamespace\n\ndefault = SimpleNamespace(**COMMON, on_message=echo, limit=3)\n"
    )
    result = migrated(source + more + "default.on_close = greet\n")
    (party,) = result.parties
    assert (party.outcome, set(party.handlers)) == ("rewritten", {"on_connect", "on_message", "on_close"})


def test_a_function_is_what_it_was_at_its_line() -> None:
    source = PARTY + '\n\ndef greet(connection, room):\n    pass\n\n\ndefault["onClose"] = greet\n'
    result = migrated(source)
    assert result.outcome == "wrapped"
    assert "legacy_to_class(" in result.code


def test_comments_go_with_the_handlers() -> None:
    check_transformed(
        """
        def greet(connection, room):
            room.broadcast("hi")


        def bye(connection, room):
            room.broadcast("bye")


        # the chat
        default = {  # empty
            "onConnect": greet,  # hello
        }
        # the end
        default["onClose"] = bye  # of one

        # a section of its own

        # more
        default.update(
            # nobody asks
            onAlarm=None,
        )
        """,
        """
        from partyserver import PartyServer


        # a section of its own

        # the chat
        # empty
        # more
        # nobody asks
        class Server(PartyServer):
            # hello
            def on_connect(self, connection, ctx):
                self.room.broadcast("hi")

            # the end
            # of one
            def on_close(self, connection):
                self.room.broadcast("bye")


        default = Server
        """,
    )
