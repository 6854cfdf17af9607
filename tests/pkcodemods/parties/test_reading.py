"""Reading handlers and other names off objects."""

import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import check_transformed, codes, migrated

from pkcompat.traffic.steps import Close, Connect, Traffic

HANDLERS = "def f(connection, room):\n    room.broadcast('hi')\n\n\n"


@pytest.mark.parametrize(
    ("export", "code"),
    [
        ("default = {'onConnect': f, 'onConect': f}", "PK106"),
        ("default = {'onConnect': f, 'version': 1}", "PK106"),
        ("default = {'onConnect': f, 'on_connect': f}", "PK107"),
        ("default = {'onConnect': f, **other}", "PK101"),
        ("default = {'onConnect': f, key(): f}", "PK101"),
        ("from types import SimpleNamespace as N\ndefault = N(on_connect=f, on_conect=f)", "PK106"),
        ("from types import SimpleNamespace as N\ndefault = N(on_connect=f, started=now())", "PK113"),
        ("from types import SimpleNamespace as N\ndefault = N(on_connect=f, room=1)", "PK113"),
        ("from types import SimpleNamespace as N\ndefault = N(on_connect=f, __secret=1)", "PK113"),
    ],
)
def test_what_an_object_may_not_hold(export: str, code: str) -> None:
    assert code in codes(f"from elsewhere import key, now, other\n\n\n{HANDLERS}{export}\n")


def test_constants_of_a_namespace_become_attributes_of_the_class() -> None:
    check_transformed(
        """
        from types import SimpleNamespace

        LIMIT = 3


        def f(connection, room):
            room.broadcast("hi")


        default = SimpleNamespace(version=(1, 2), on_connect=f, limit=LIMIT, on_join=None)
        """,
        """
        from partyserver import PartyServer

        LIMIT = 3


        class Server(PartyServer):
            version = (1, 2)
            limit = LIMIT
            on_join = None

            def on_connect(self, connection, ctx):
                self.room.broadcast("hi")


        default = Server
        """,
    )


def test_none_counts_as_absent() -> None:
    check_transformed(
        """
        def f(connection, room):
            room.broadcast("hi")


        default = {"onConnect": f, "onMessage": None}
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                self.room.broadcast("hi")


        default = Server
        """,
    )


def test_a_key_may_be_a_constant_of_the_module() -> None:
    source = f"KEY = 'onConnect'\n\n\n{HANDLERS}default = {{KEY: f}}\n"
    assert codes(source) == []
    assert "PK101" in codes(f"from partykit.server import Room\n\nKEY = ''\n{source}")


@pytest.mark.parametrize("name", ["on_conect", "onMesage", "on_mesage", "onclose"])
def test_a_near_miss_in_a_class_is_told(name: str) -> None:
    source = f"""
        class Chat:
            def {name}(self, connection, room): ...
            def on_alarm(self, room): ...

        default = Chat()
    """
    assert codes(source) == ["PK106"]


@pytest.mark.parametrize("name", ["on_join", "on_lose", "once", "connect"])
def test_a_name_of_its_own_is_none(name: str) -> None:
    source = f"""
        class Chat:
            def {name}(self, connection, room): ...
            def on_alarm(self, room): ...

        default = Chat()
    """
    assert codes(source) == []


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("{'onMesage': f}", "PK106"),
        ("{'onClose': f, 'on_close': f}", "PK107"),
        ("{'onAlarm': f}", "PK104"),
    ],
)
def test_an_object_that_is_refused_is_left_alone(broken: str, code: str) -> None:
    """As `legacy_to_class(...)` it would raise at import, and take the module's other parties with it."""
    source = (
        "from partykit.server import PartyKitServer\n\n\ndef f(connection, room):\n    pass\n\n\n"
        f"default = {{'onClose': f}}\nbroken: PartyKitServer = {broken}\n"
    )
    result = migrated(source)
    told = [(p.name, p.outcome, [f.code for f in p.findings]) for p in result.parties]
    assert told == [("default", "rewritten", []), ("broken", "untouched", [code])]
    assert f"broken: PartyKitServer = {broken}\n" in result.code
    assert "legacy_to_class" not in result.code


TRAFFIC = Traffic("main", (Connect("a", "/party/room"), Connect("b", "/party/room"), Close("a")))


@pytest.mark.parametrize(
    "export",
    [
        "t.cast('PKS', {'onConnect': f, 'onClose': g})",
        "t.cast('PKS | None', {'onConnect': f, 'onClose': g})",
        "cast(PKS, {'onConnect': f, 'onClose': g})",
        "cast('pk.PartyKitServer', dict(onConnect=f, onClose=g))",
        "cast(t.Any, N(onConnect=f, onClose=g))",
        "dict([('onConnect', f), ('onClose', g)])",
        "dict((['onConnect', f],), onClose=g)",
        "dict({'onConnect': f, 'onClose': g})",
        "dict(**{'onConnect': f}, onClose=g)",
        "PKS([('onConnect', f)], onClose=g)",
        "PKS(**{'onConnect': f, 'onClose': g})",
        "N(**{'onConnect': f}, onClose=g)",
        "N(**dict([('onConnect', f)]), onClose=g)",
        "{'onConnect': g, **dict([('onConnect', f)]), 'onClose': g}",
        "{'onClose': g}\ndefault.update([('onConnect', f)])",
    ],
)
def test_ways_to_write_an_object(export: str) -> None:
    source = f"""import typing as t
from types import SimpleNamespace as N
from typing import cast

import partykit.server as pk
from partykit.server import PartyKitServer as PKS


def f(connection, room):
    room.broadcast(f"hello {{len(room.connections)}}")


def g(connection, room):
    room.broadcast("bye")


default = {export}
"""
    result = migrated(source)
    assert result.outcome == "rewritten", result.parties
    assert "pkcompat" not in result.code
    assert "partykit" not in result.code
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC)


@pytest.mark.parametrize(
    "export",
    [
        "dict([('onConnect', f), pair])",
        "dict([*pairs])",
        "dict([(key(), f)])",
        "dict([('onConnect', f, g)])",
        "dict([  # why\n    ('onConnect', f)])",
        "dict(**{'onConnect': f,  # why\n})",
        "dict(*[('onConnect', f)])",
    ],
)
def test_pairs_that_cannot_be_read(export: str) -> None:
    assert "PK101" in codes(f"from partykit.server import Room\n\n{HANDLERS}default = {export}\n")
