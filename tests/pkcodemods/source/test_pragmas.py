"""Comments to tools, and where they come to stand."""

import libcst as cst
import pytest
from tests.pkcodemods.checks import check_transformed

from pkcodemods.source.pragmas import (
    at_line_end,
    is_about_line,
    is_mere_pragma,
    is_pragma,
    without_empty_regions,
)


@pytest.mark.parametrize(
    ("comment", "pragma", "mere", "of_line"),
    [
        ("# noqa", True, True, True),
        ("#noqa: F401, E501", True, True, True),
        ("# noqa: F401  a client", True, False, True),
        ("# type: ignore[dict-item]", True, True, True),
        ("# pragma: no cover", True, False, True),
        ("# pylint: disable=unused-import", True, True, True),
        ("# fmt: skip", True, True, True),
        ("# fmt: off", True, True, False),
        ("# isort: split", True, True, False),
        ("# no question", False, False, False),
    ],
)
def test_what_a_comment_is_about(comment: str, pragma: bool, mere: bool, of_line: bool) -> None:
    assert (is_pragma(comment), is_mere_pragma(comment), is_about_line(comment)) == (pragma, mere, of_line)


@pytest.mark.parametrize(
    ("before", "pragmas", "after"),
    [
        ("", ["# noqa"], "  # noqa"),
        ("# why", ["# noqa"], "  # why  # noqa"),
        ("# noqa: D103", ["# type: ignore"], "  # type: ignore  # noqa: D103"),
        ("# type: (str) -> None", ["# type: ignore"], "  # type: (str) -> None  # type: ignore"),
        ("# noqa: F401  a client", ["# noqa: F401"], " # noqa: F401  a client"),
        ("", ["# noqa", "# noqa"], "  # noqa"),
        ("", [], " "),
    ],
)
def test_pragmas_share_the_end_of_a_line(before: str, pragmas: list[str], after: str) -> None:
    comment = cst.Comment(before) if before else None
    line = cst.TrailingWhitespace(cst.SimpleWhitespace(" "), comment)
    assert cst.Module([]).code_for_node(at_line_end(line, pragmas)) == f"{after}\n"


def test_nothing_is_turned_off_and_on_for_nothing() -> None:
    texts = ["# a", "# fmt: off", None, "# fmt: on", "# fmt: off", "# b"]
    lines = [cst.EmptyLine(comment=cst.Comment(text) if text else None) for text in texts]
    left = [line.comment.value for line in without_empty_regions(lines) if line.comment]
    assert left == ["# a", "# fmt: off", "# b"]


def test_those_of_an_entry_go_to_the_head_of_its_method() -> None:
    check_transformed(
        """
        def f(connection, room):  # noqa: D103
            room.broadcast("f")


        default = {  # type: ignore[assignment]
            "onConnect": f,  # type: ignore[dict-item]
            "onClose": lambda connection, room: room.broadcast("bye"),  # pragma: no cover
        }  # done
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            def on_connect(self, connection, ctx):  # type: ignore[dict-item]  # noqa: D103
                self.room.broadcast("f")

            def on_close(self, connection):  # pragma: no cover
                return self.room.broadcast("bye")


        default = Server  # type: ignore[assignment]  # done
        """,
    )


def test_they_end_the_first_line_of_a_head_that_has_several() -> None:
    check_transformed(
        """
        def f(
            connection,
            room,  # noqa: ARG001
        ):
            connection.send("f")


        default = {"onConnect": f}
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            def on_connect(  # noqa: ARG001
                self,
                connection,
                ctx,
            ):
                connection.send("f")


        default = Server
        """,
    )


def test_what_no_formatter_is_to_touch_stays_so_in_the_class() -> None:
    check_transformed(
        """
        import json


        # fmt: off
        def f(connection, room):
            room.broadcast( "f")
        # fmt: on


        def g(connection, room):
            room.broadcast(json.dumps("g"))


        default = {
            "onConnect": f,
            # fmt: off
            "onClose":   g,
            # fmt: on
        }
        """,
        """
        import json

        from partyserver import PartyServer


        class Server(PartyServer):
            # fmt: off
            def on_connect(self, connection, ctx):
                self.room.broadcast( "f")
            # fmt: on

            # fmt: off
            def on_close(self, connection):
                self.room.broadcast(json.dumps("g"))
            # fmt: on


        default = Server
        """,
    )


def test_a_formatter_is_turned_on_again_behind_where_it_was_turned_off() -> None:
    check_transformed(
        """
        def f(connection, room):
            room.broadcast("f")


        # fmt: off
        default = {
            "onConnect":    f,
        }
        TABLE = {1:   2,
                 100: 3}
        # fmt: on
        default["onMessage"] = lambda message, connection, room: room.broadcast(message)
        """,
        """
        from partyserver import PartyServer, ServerOptions

        # fmt: off
        TABLE = {1:   2,
                 100: 3}


        # fmt: on

        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            def on_message(self, message, connection):
                return self.room.broadcast(message)


        default = Server
        """,
    )
