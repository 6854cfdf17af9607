"""Methods that are made of lambdas have annotations where the module has them everywhere."""

from __future__ import annotations

import pytest
from tests.pkcodemods.checks import check_transformed, migrated

TYPED = """
from partykit.server import PartyKitConnection, PartyKitServer


def greet(connection: PartyKitConnection) -> None:
    connection.send("hello")


async def wait() -> None: ...


default: PartyKitServer = {{"{key}": {handler}}}
"""


def test_a_lambda_among_annotated_functions_becomes_an_annotated_method() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitConnection, PartyKitServer


        def greet(connection: PartyKitConnection) -> None:
            connection.send("hello")


        default: PartyKitServer = {"onConnect": lambda c: greet(c)}
        """,
        """
        from partyserver import Connection, ConnectionContext, PartyServer


        def greet(connection: Connection) -> None:
            connection.send("hello")


        class Server(PartyServer):
            def on_connect(self, c: Connection, ctx: ConnectionContext) -> None:
                return greet(c)


        default = Server
        """,
    )


@pytest.mark.parametrize(
    ("key", "handler", "signature"),
    [
        ("onClose", "lambda c, r: r.broadcast(c.id)", "def on_close(self, c: Connection) -> object:"),
        ("onClose", "lambda c: c.send('x')", "def on_close(self, c: Connection) -> object:"),
        ("onClose", "lambda c: c.close()", "def on_close(self, c: Connection) -> None:"),
        ("onClose", "lambda c: None", "def on_close(self, c: Connection) -> None:"),
        ("onClose", "lambda c: [c.id]", "def on_close(self, c: Connection) -> object:"),
        ("onMessage", "lambda m, c, r: r.broadcast(m)", "(self, m: str | bytes, c: Connection) -> object:"),
        ("onAlarm", "lambda r: r.broadcast('x')", "def on_alarm(self) -> object:"),
        # what a call returns has to be known
        ("onClose", "lambda c: wait()", "def on_close(self, c):"),
        ("onClose", "lambda c: print(c)", "def on_close(self, c):"),
        ("onClose", "lambda c, r, x=1: None", "def on_close(self, c, x=1):"),
        ("onRequest", "lambda q: None", "def on_request(self, q):"),
    ],
)
def test_annotations_say_what_the_lambda_returns(key: str, handler: str, signature: str) -> None:
    assert signature in migrated(TYPED.format(key=key, handler=handler)).code


@pytest.mark.parametrize(
    "change",
    [
        ("-> None:\n    connection", ":\n    connection"),  # a function without a return annotation
        ("connection: PartyKitConnection", "connection"),
        ("default: PartyKitServer", "default"),  # the lambda had no known type
    ],
)
def test_a_module_that_is_not_typed_throughout_gets_no_annotations(change: tuple[str, str]) -> None:
    source = TYPED.format(key="onClose", handler="lambda c: c.send('x')").replace(*change)
    assert "def on_close(self, c):" in migrated(source).code
