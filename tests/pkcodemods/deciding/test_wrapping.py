"""How exports are wrapped, wherever they are bound."""

import ast
import sys
import types

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

from pkcodemods import migrate_source
from pkcodemods.api import SERVER_TYPE, SHIMS, TYPES

HANDLER = """
def on_connect(connection, room):
    room.broadcast("hi")


"""


def after(source: str) -> str:
    """What comes of a source behind its handler."""
    result = migrated(HANDLER.lstrip("\n") + source)
    assert result.outcome == "wrapped", result
    return result.code.partition('broadcast("hi")\n\n\n')[2]


def test_a_value_is_wrapped_where_it_is() -> None:
    assert after("default = {**{}, 'onConnect': on_connect}  # all\n") == (
        "default = legacy_to_class({**{}, 'onConnect': on_connect})  # all\n"
    )


def test_brackets_around_a_value_are_not_doubled() -> None:
    assert after("default = (\n    {**{}, 'onConnect': on_connect}\n)\n") == (
        "default = legacy_to_class({**{}, 'onConnect': on_connect})\n"
    )


def test_each_branch_is_wrapped() -> None:
    source = (
        "if on_connect:\n    default = {'onConnect': on_connect}\n"
        "else:\n    default = {'onClose': on_connect}\n"
    )
    assert after(source) == (
        "if on_connect:\n    default = legacy_to_class({'onConnect': on_connect})\n"
        "else:\n    default = legacy_to_class({'onClose': on_connect})\n"
    )


def test_what_is_no_party_yet_is_not_wrapped() -> None:
    source = "default = None\nif on_connect:\n    default = {'onConnect': on_connect}\n"
    assert after(source) == source.replace(
        "{'onConnect': on_connect}", "legacy_to_class({'onConnect': on_connect})"
    )


def test_an_import_that_may_fail_is_left_to_its_module() -> None:
    source = (
        "try:\n    from conf import default\nexcept ImportError:\n    default = {'onConnect': on_connect}\n"
    )
    assert after(source) == source.replace(
        "{'onConnect': on_connect}", "legacy_to_class({'onConnect': on_connect})"
    )


def test_an_object_that_may_not_be_there_is_not_exported_then() -> None:
    source = "if on_connect:\n    default = {'onConnect': on_connect}\n    default['onClose'] = on_connect\n"
    assert after(source) == (
        "if on_connect:\n    default_handlers = {'onConnect': on_connect}\n"
        "    default_handlers['onClose'] = on_connect\n"
        '\nif "default_handlers" in globals():\n    default = legacy_to_class(default_handlers)\n'
    )


def test_a_name_that_a_function_binds_is_followed() -> None:
    source = (
        "default = {'onConnect': on_connect}\n\n\ndef reset():\n    global default\n    default = {}\n"
        "    return default['onConnect']\n"
    )
    assert after(source) == (
        "default_handlers = {'onConnect': on_connect}\ndefault = legacy_to_class(default_handlers)\n\n\n"
        "def reset():\n    global default_handlers\n    default_handlers = {}\n"
        "    return default_handlers['onConnect']\n"
    )


def test_a_module_that_stays_the_object_exports_itself() -> None:
    check_transformed(
        """
        import logging

        if logging.DEBUG:

            def on_connect(connection, room):
                room.broadcast("hi")


        def on_close(connection, room):
            room.broadcast("bye")
        """,
        """
        import logging
        import sys

        from pkcompat import legacy_to_class

        if logging.DEBUG:

            def on_connect(connection, room):
                room.broadcast("hi")


        def on_close(connection, room):
            room.broadcast("bye")


        default = legacy_to_class(sys.modules[__name__])
        """,
        outcome="wrapped",
        findings=("PK105",),
    )


def test_the_lines_around_stay_as_they_are_spaced() -> None:
    source = "import os\ndef on_connect(connection, room): room.broadcast('x')\ndef f(): pass\n\n\n\nx = 1\n"
    code = migrated(source + "default = {**{}, 'onConnect': on_connect}\ny = 2\n").code
    assert code == source.replace(
        "import os\n", "import os\n\nfrom pkcompat import legacy_to_class\n\n\n"
    ) + ("default = legacy_to_class({**{}, 'onConnect': on_connect})\ny = 2\n")


def test_a_wrapped_party_is_taken_up_again_without_the_wrapper() -> None:
    """As the help of the findings says: put it right, take `legacy_to_class(...)` off, migrate again."""
    code = migrated(HANDLER.lstrip("\n") + "default = {**{}, 'onConnect': on_connect}\n").code
    by_hand = code.replace("legacy_to_class({**{}, 'onConnect': on_connect})", "{'onConnect': on_connect}")
    result = migrated(by_hand)
    assert result.outcome == "rewritten"
    assert "pkcompat" not in result.code


@pytest.mark.parametrize("name", [*TYPES, SERVER_TYPE])
@pytest.mark.parametrize("order", ["{default}{named}", "{named}{default}", "{named}{read}", "{read}{named}"])
@pytest.mark.parametrize("module", ["partykit.server", "pkcompat", "elsewhere"])
def test_an_import_whose_name_becomes_a_partys(name: str, order: str, module: str) -> None:
    """Found before: the import lost its place, and with it those that were to be added there (PK903)."""
    lines = {
        "default": "default: PartyKitServer = {'onConnect': on_connect}\n",
        "named": f"{name} = {{'onConnect': on_connect}}\n",
        "read": f"print({name})\n",
    }
    imports = "".join(
        f"from {source} import {', '.join(names)}\n"
        for source, names in {
            "partykit.server": dict.fromkeys(["PartyKitServer", *[name] * (module == "partykit.server")]),
            module: [name],
        }.items()
    )
    source = f"{imports}\n{HANDLER}{order.format(**lines)}"
    result = migrate_source(source)
    assert result.outcome in ("wrapped", "residue", "rewritten"), result
    assert migrate_source(result.code).code == result.code
    if module == "partykit.server" and not order.startswith("{read}"):
        assert f" as {name}_handlers" not in result.code  # found before: an import that nothing reads


@pytest.mark.parametrize("name", ["legacy_to_class", *SHIMS.values()])
@pytest.mark.parametrize(
    "own",
    [
        "def {}(x):\n    raise TypeError\n",
        "from elsewhere import {}\n",
        "{} = 3\n",
        "{} = {{'onClose': on_connect}}\n",
    ],
)
def test_a_name_of_the_bridge_that_the_module_has_for_something_else(name: str, own: str) -> None:
    """Found before: the module's own took the place of the import, and was called instead."""
    source = (
        "def on_connect(connection, room):\n    show(connection, room, room.context, room.connections)\n\n\n"
        f"{own.format(name)}\ndefault = {{**{{}}, 'onConnect': on_connect}}\nprint({name})\n"
    )
    source = source.replace("**{}, ", "") if name != "legacy_to_class" else source
    result = migrate_source(source)
    assert result.outcome in ("wrapped", "residue"), result
    taken = {
        alias.name: alias.asname
        for node in ast.walk(ast.parse(result.code))
        if isinstance(node, ast.ImportFrom) and node.module == "pkcompat"
        for alias in node.names
    }
    assert taken.get(name) in (None, f"pkcompat_{name}")
    assert (name in taken) is (f"pkcompat_{name}(" in result.code)
    assert name not in taken or taken[name] is not None
    assert migrate_source(result.code).code == result.code


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("", "sys"),
        ("import sys\n", "sys"),
        ("import sys as sys\n", "sys"),
        ("if on_connect:\n    import sys\n", "sys"),
        ("sys = 3\n", "_sys"),
        ("def sys():\n    pass\n", "_sys"),
        ("class sys:\n    pass\n", "_sys"),
        ("import os as sys\n", "_sys"),
        ("from elsewhere import sys\n", "_sys"),
        ("import sys\ndel sys\n", "_sys"),
        ("import sys\nif on_connect:\n    sys = None\n", "_sys"),
        ("sys = _sys = 3\n", "_sys2"),
        ("def f():\n    global sys\n    sys = 3\n", "_sys"),
        ("def f(sys):\n    import sys\n", "sys"),
    ],
)
def test_a_module_that_is_wrapped_with_a_name_sys_of_its_own(own: str, name: str) -> None:
    """Found before: `sys.modules` was looked up on whatever the module calls `sys`."""
    handlers = "def on_close(connection, room):\n    room.broadcast('bye')\n"
    unsure = "import os\n\nif os.name:\n    def on_connect(connection, room):\n        room.broadcast('hi')\n"
    code = migrated(f"{unsure}\n{handlers}\n{own}").code
    assert code.rstrip().endswith(f"default = legacy_to_class({name}.modules[__name__])")
    line = "import sys\n" if name == "sys" else f"import sys as {name}\n"
    assert line in code or own == "import sys as sys\n"
    if "elsewhere" in own:
        return
    got: list[object] = []
    pkcompat = types.ModuleType("pkcompat")
    pkcompat.legacy_to_class = got.append  # type: ignore[attr-defined]
    module = types.ModuleType("wrapped_as_a_whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkcompat", pkcompat)
        patch.setitem(sys.modules, module.__name__, module)
        exec(code, module.__dict__)
    assert got == [module]
