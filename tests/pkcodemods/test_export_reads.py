"""Exports that are read as objects, and those that are handed to what takes a class too."""

import pytest
from tests.pkcodemods.checks import codes, migrated

PARTY = """from partykit.server import PartyKitServer


def on_connect(connection, room):
    room.broadcast("hi")


default: PartyKitServer = {"onConnect": on_connect}
"""


@pytest.mark.parametrize(
    "read",
    [
        "default['onConnect'](None, None)",
        "names = sorted(default)",
        "other = {**default}",
        "assert default.get('onConnect')",
        "def test():\n    return default['onConnect']",
        "alias = default\nprint(alias['onConnect'])",
        "def inner():\n    handlers = default\n    return handlers.items()",
        "for name in default:\n    print(name)",
        "serve(default)",
        "default['onClose'] = on_connect",
        "default |= {'onClose': on_connect}",
        "del default['onConnect']",
    ],
)
def test_a_reader_gets_the_object_under_its_own_name(read: str) -> None:
    assert "PK103" in codes(PARTY + read + "\n")
    code = migrated(PARTY + read + "\n").code
    assert "default_handlers: PartyKitServer = {" in code
    assert "= legacy_to_class(default_handlers)" in code


@pytest.mark.parametrize(
    "use",
    [
        "from partyserver import Host\napp = Host({'main': default})",
        "server = default",
        "__all__ = ['default']",
        "if True:\n    chat = default",
        "def name():\n    '''The default.'''",
    ],
)
def test_what_takes_a_class_as_well_is_no_reader(use: str) -> None:
    assert codes(PARTY + use + "\n") == []


def test_the_class_comes_behind_all_that_builds_the_object() -> None:
    source = PARTY + "default['onClose'] = on_connect\nif on_connect:\n    default.pop('onClose')\nX = 1\n"
    lines = migrated(source).code.splitlines()
    assert lines[-2:] == ["default = legacy_to_class(default_handlers)", "X = 1"]


def test_the_class_comes_at_the_end_where_functions_build_the_object() -> None:
    registry = "def register(name, f):\n    default[name] = f\n\n\nregister('onClose', on_connect)\n"
    guard = "if __name__ == '__main__':\n    print('main')\n"
    lines = migrated(PARTY + "\n\n" + registry + guard).code.splitlines()
    assert lines[-3:] == ["default = legacy_to_class(default_handlers)", *guard.splitlines()]


def test_a_name_that_is_taken_is_not_given_to_the_object() -> None:
    code = migrated(PARTY + "default_handlers = sorted(default)\n").code
    assert "default_handlers = sorted(_default_handlers)" in code
    assert migrated(PARTY.replace("default:", "handlers:") + "print(handlers['onConnect'])\n").code.endswith(
        "print(handlers_object['onConnect'])\nhandlers = legacy_to_class(handlers_object)\n"
    )


def test_both_names_of_an_object_stay_exported() -> None:
    source = PARTY.replace("default:", "chat:") + "default = chat\nprint(default['onConnect'])\n"
    code = migrated(source).code
    assert code.endswith(
        "print(chat_handlers['onConnect'])\nchat = default = legacy_to_class(chat_handlers)\n"
    )
