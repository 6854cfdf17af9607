"""Edits inside of f-strings."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

import ast
import random
import sys
import textwrap

import libcst as cst
import pytest
from tests.differential.both_forms import seen_of
from tests.pkcodemods.checks import check_transformed, migrated

from pkcodemods import migrate_source
from pkcodemods.source.f_strings import is_for_any_python
from pkcompat.traffic.steps import Connect, Send, Traffic


def test_expressions_with_their_text() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.id=} {room.internalID[:0]=} {len(room.connections)=!s} {connection.socket.id!r:>5} {room.id:{len(room.connections)}}")
            connection.send(f'{", ".join(f"{k}" for k in room.connections)} {{room}}')
            connection.send("%s" % room.id)
            connection.send("{0.id}".format(room))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"room.id={self.room.id!r} room.internalID[:0]={self.room.internal_id[:0]!r} len(room.connections)={len(self.room.get_connections())!s} {connection.id!r:>5} {self.room.id:{len(self.room.get_connections())}}")
                connection.send(
                    f'{", ".join(f"{peer.id}" for peer in self.room.get_connections())} {{room}}'
                )
                connection.send("%s" % self.room.id)
                connection.send("{0.id}".format(self.room))


        default = Server
        """,
        findings=("PK301",),
    )


def test_braces() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.connections[connection.id].id} {sorted(set(room.connections))}")
            connection.send(f"{set(room.connections) == {'a', 'b'}} {dict(room.connections) == {}}")
            connection.send(f"{len({k: 1 for k in room.connections})}{ {**room.connections} == {}}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def _connection_of(room, connection_id):
            connection = room.get_connection(connection_id)
            if connection is None:
                raise KeyError(connection_id)
            return connection


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    f"{_connection_of(self.room, connection.id).id} {sorted({peer.id for peer in self.room.get_connections()})}"
                )
                connection.send(
                    f"{ {peer.id for peer in self.room.get_connections()} == {'a', 'b'}} { {peer.id: peer for peer in self.room.get_connections()} == {}}"
                )
                connection.send(
                    f"{len({peer.id: 1 for peer in self.room.get_connections()})}{ {peer.id: peer for peer in self.room.get_connections()} == {}}"
                )


        default = Server
        """,
        findings=("PK301",),
    )


def test_quotes() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.parties.main.get('x') is None} {room.connections.get('a') is None}")
            connection.send(f'{room.parties.main.get("x") is None}')


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(f"{self.room.context.parties['main'].get('x') is None} {self.room.get_connection('a') is None}")
                connection.send(f'{self.room.context.parties["main"].get("x") is None}')


        default = Server
        """,
    )


# what is replaced, with {0} and {1} for strings
EXPRESSIONS = (
    "room.connections.get(message, room.connections[{0}]).id",
    "room.connections[{0}].id",
    "sorted(room.connections)",
    "room.parties.main is None",
    "room.parties.main.get({0}) is None",
    "hasattr(room, {0})",
    "hasattr(connection, {1})",
    "getattr(connection, {1}).id",
    "PartyKitRoom.__name__ + {0}",
    "type(room) is PartyKitRoom",
    "len(dict(room.connections.items())) + len({0})",
    "[peer.socket.id for peer in room.connections.values()]",
    "{0} in room.connections",
    "message + {0}",
)
TRAFFIC = Traffic(
    "main", (Connect("a", "/party/room?_pk=a"), Connect("b", "/party/room?_pk=b"), Send("a", "b"))
)
QUOTES = ('"', "'", '"""', "'''")


def random_f_string(chance: random.Random, around: tuple[str, ...] = ()) -> str:
    """An f-string as Python 3.11 can read it."""
    free = [quote for quote in QUOTES if not any(other in quote for other in around)]
    quote = chance.choice(free)
    inside = (*around, quote)
    can_nest = any(not any(other in each for other in inside) for each in QUOTES)
    parts = []
    for _ in range(chance.randint(1, 2)):
        if can_nest and chance.random() < 0.3:
            expression = random_f_string(chance, inside)
        else:
            expression = random_expression(chance, inside)
        equal = chance.choice(("", "", "", " = "))
        parts.append(
            f"{{{expression}{equal}{chance.choice(('', '', '!r', '!s:>30', ':{len(room.connections)}'))}}}"
        )
    return (
        chance.choice(("f", "rf", "F", "fR")) + quote + chance.choice(("-", "{{", "a ")).join(parts) + quote
    )


def random_expression(chance: random.Random, around: tuple[str, ...]) -> str:
    free = [quote for quote in QUOTES if not any(other in quote for other in around)]
    known = [each for each in EXPRESSIONS if free or ("{0}" not in each and "{1}" not in each)]
    quote = chance.choice(free) if free else ""
    expression = chance.choice(known)
    return expression.format(f"{quote}a{quote}", f"{quote}socket{quote}")


@pytest.mark.parametrize("seed", range(60))
def test_random_f_strings(seed: int) -> None:
    chance = random.Random(seed)
    sends = "\n".join(f"    connection.send(str({random_f_string(chance)}))" for _ in range(3))
    source = (
        "from partykit.server import PartyKitConnection, PartyKitRoom, PartyKitServer\n\n\n"
        f"def on_message(message, connection, room):\n{sends}\n\n\n"
        'default: PartyKitServer = {"onMessage": on_message}\n'
    )
    assert is_for_any_python(cst.parse_module(source)), source
    result = migrated(source)
    assert is_for_any_python(cst.parse_module(result.code)), result.code
    assert seen_of(result.code, "default", TRAFFIC) == seen_of(source, "default", TRAFFIC), result.code


OLD = (
    'f"{a[1]}"',
    "f\"{a['x']:>{b}}\\n\"",
    'f\'\'\'{a["x"]} {"""it\'s"""}\'\'\'',
    "rf'\\d{a}'",
    'f"""{\na\n}"""',
    "f\"{f'{a}'!r}\"",
    'f"\\"{a}"',
    "f\"{'#'}\"",
)
NEW = (
    'f"{a["x"]}"',
    "f'{f'{a}'}'",
    "f\"{'\\n'.join(a)}\"",
    'f"{\na\n}"',
    'f"""{\na  # why\n}"""',
    'f"{f\'{a:{b["x"]}}\'}"',
    'f"""{f\'\'\'{"\\t"}\'\'\'}"""',
)


@pytest.mark.parametrize(
    ("code", "is_old"), [*((code, True) for code in OLD), *((code, False) for code in NEW)]
)
def test_what_every_python_can_read(code: str, is_old: bool) -> None:
    assert is_for_any_python(cst.parse_module(code)) is is_old
    if sys.version_info < (3, 12) and not is_old:
        with pytest.raises(SyntaxError):
            ast.parse(code)
    else:
        ast.parse(code)


def test_quotes_of_newer_pythons_stay() -> None:
    source = """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(f"{room.connections["a"].id=} {room.parties.main.get("x")}")


        default: PartyKitServer = {"onMessage": on_message}
    """
    code = migrate_source(textwrap.dedent(source)).code
    shown = "{'room.connections[\"a\"].id='}"
    assert f'{shown}{{_connection_of(self.room, "a").id!r}}' in code
    assert """self.room.context.parties['main'].get("x")""" in code
