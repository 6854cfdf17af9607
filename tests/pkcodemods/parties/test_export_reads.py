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
        "names = sorted(default)",
        "other = {**{**default}}",
        "assert default.get('onConnect')",
        "def test():\n    return default['onConnect']",
        "alias = default\nprint(alias['onConnect'])",
        "def inner():\n    handlers = default\n    return handlers.items()",
        "for name in default:\n    print(name)",
        "serve(default)",
        "if default:\n    default['onClose'] = on_connect",
        "default |= make()",
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


@pytest.mark.parametrize(
    ("read", "after"),
    [
        ("default['onConnect'](None, None)", "on_connect(None, None)"),
        ("default.get('onConnect')(None, None)", "on_connect(None, None)"),
        ("def f(c, r):\n    return default['onConnect'](c, r)", "def f(c, r):\n    return on_connect(c, r)"),
    ],
)
def test_a_handler_that_is_called_through_the_export_is_called_itself(read: str, after: str) -> None:
    result = migrated(PARTY + read + "\n")
    assert result.outcome == "rewritten"
    assert after in result.code
    assert "        on_connect(connection, self.room)\n" in result.code


@pytest.mark.parametrize(
    "read",
    [
        "default['onClose'](None, None)",
        "default[name](None, None)",
        "def f(on_connect):\n    default['onConnect'](None, None)",
        "default['onConnect'](None, None)\nprint(default)",
    ],
)
def test_where_that_cannot_be_the_object_stays(read: str) -> None:
    assert "PK103" in codes(PARTY + read + "\n")


@pytest.mark.parametrize(
    ("read", "after"),
    [
        ("default['onConnect'] is on_connect", "on_connect is on_connect"),
        ("on_connect == default.get('onConnect')", "on_connect == on_connect"),
        ("'onConnect' in default", "True"),
        ("'onConnect' not in default", "False"),
        ("'onClose' in default", "False"),
        ("not default.get('onClose')", "not None"),
        ("default.get('onConnect') and 1", "on_connect and 1"),
        ("bool('onConnect' in default)", "bool(True)"),
        ("1 if default.get('onClose') is not None else 2", "1 if None is not None else 2"),
    ],
)
def test_what_the_object_holds_is_known(read: str, after: str) -> None:
    result = migrated(f"{PARTY}def asked():\n    return {read}\n")
    assert result.outcome == "rewritten"
    assert f"    return {after}\n" in result.code


def test_a_handler_that_has_a_name_for_a_moment_is_known_too() -> None:
    source = (
        f"{PARTY}def run(c, r):\n    f = default.get('onConnect')\n    if f is not None:\n        f(c, r)\n"
        "    if (g := default.get('onClose')) is not None:\n        g(c, r)\n"
    )
    result = migrated(source)
    assert result.outcome == "rewritten"
    assert "    f = on_connect\n" in result.code
    assert "    if (g := None) is not None:\n" in result.code


@pytest.mark.parametrize(
    "read",
    [
        "def f():\n    handler = default.get('onConnect')\n    return handler",
        "def f():\n    return default.get('onClose')",
        "def f():\n    return default['onConnect'] in known",
        "def f():\n    handler = default['onConnect']\n    handler = print\n    handler()",
        "def f():\n    default['onConnect'] = print",
        "def f():\n    keep(default['onConnect'])",
        "print('onConnect' in default)",
        "default['onClose'] = on_connect\n\n\ndef f():\n    return 'onClose' in default",
    ],
)
def test_a_handler_that_goes_elsewhere_is_read_off_the_object(read: str) -> None:
    assert "PK103" in codes(f"{PARTY}{read}\n")


def test_a_party_that_is_wrapped_keeps_the_object_that_is_called_through() -> None:
    source = PARTY.replace('"onConnect": on_connect', '"onConnect": on_connect, "onClose": make()')
    code = migrated(source + "\n\ndef f():\n    default['onConnect'](None, None)\n").code
    assert "default_handlers['onConnect'](None, None)" in code
    assert "default = legacy_to_class(default_handlers)" in code
