"""The comments of an object, kept at the methods of the class."""

from tests.pkcodemods.checks import check_transformed

FUNCTIONS = """
        def f(connection, room):
            room.broadcast("f")


        def g(connection, room):
            room.broadcast("g")


"""
METHODS = """
"""


def test_those_of_a_dict_stay_at_their_entries() -> None:
    check_transformed(
        f"""
        {FUNCTIONS.strip()}


        # the party
        default = {{  # open
            # above f
            "onConnect": f,  # behind f
            # above g

            "onClose":  # behind the key
                # above the value
                g
                # at the end
        }}  # close
        # below
        """,
        """
        from partyserver import PartyServer


        # the party
        # open
        # at the end
        class Server(PartyServer):
            # above f
            # behind f
            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            # above g
            # behind the key
            # above the value
            def on_close(self, connection):
                self.room.broadcast("g")


        default = Server  # close
        # below
        """,
    )


def test_those_of_a_call_stay_at_their_arguments() -> None:
    check_transformed(
        f"""
        {FUNCTIONS.strip()}


        default = dict(  # open
            # above f
            onConnect=f,  # behind f
            onClose=g,
            # at the end
        )
        """,
        """
        from partyserver import PartyServer


        # open
        # at the end
        class Server(PartyServer):
            # above f
            # behind f
            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            def on_close(self, connection):
                self.room.broadcast("g")


        default = Server
        """,
    )


def test_those_of_a_lambda_go_with_its_code() -> None:
    check_transformed(
        """
        default = {
            # quick
            "onClose": lambda connection, room: room.broadcast(  # to all
                "bye",  # short
            ),  # done
        }
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            # quick
            # done
            def on_close(self, connection):
                return self.room.broadcast(  # to all
                    "bye",  # short
                )


        default = Server
        """,
    )


def test_those_of_a_function_move_with_it() -> None:
    check_transformed(
        """
        # of nobody

        # about f
        def f(connection, room):  # at its head
            # before the docstring
            '''Greet.'''  # behind it
            room.broadcast("f")  # told
            # at its end

        # between

        default = {"onConnect": f}
        """,
        """
        # of nobody

        from partyserver import PartyServer


        # between

        class Server(PartyServer):
            # about f
            def on_connect(self, connection, ctx):  # at its head
                # before the docstring
                '''Greet.'''  # behind it
                self.room.broadcast("f")  # told
                # at its end


        default = Server
        """,
    )
