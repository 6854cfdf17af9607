"""The comments of an object, kept at the methods of the class."""

from tests.pkcodemods.checks import check_transformed, migrated

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


def test_those_around_the_object_stay_above_the_class() -> None:
    check_transformed(
        f"""
        from typing import cast


        {FUNCTIONS.strip()}


        # the party
        default = (  # in parentheses
            cast(  # for the checker
                "PartyKitServer",  # its type
                {{
                    "onConnect"  # the way in
                    :
                    f  # the handler
                    ,  # its end
                    "onClose": g,
                }},
            )
        )  # done
        """,
        """
        from partyserver import PartyServer


        # the party
        # in parentheses
        # for the checker
        # its type
        class Server(PartyServer):
            # the way in
            # the handler
            # its end
            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            def on_close(self, connection):
                self.room.broadcast("g")


        default = Server  # done
        """,
    )


def test_those_of_keyword_arguments_and_of_lambdas_parameters_stay_above_the_method() -> None:
    check_transformed(
        """
        default = dict(
            onClose  # the way out
            =
            lambda  # quick
            connection,
            room  # where
            :  # does
            room.broadcast("bye")  # all
            ,
        )
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            # the way out
            # all
            # quick
            # where
            # does
            def on_close(self, connection):
                return self.room.broadcast("bye")


        default = Server
        """,
    )


def test_those_of_an_instance_stay_in_its_class() -> None:
    check_transformed(
        """
        class Chat:
            # greets
            def on_close(
                self,
                connection,  # who
                room: PartyKitRoom,  # where it was said
            ):
                room.broadcast("bye")

            @staticmethod  # knows nobody
            def on_connect(connection, room):
                room.broadcast("hi")


        default = Chat(  # one for all
        )
        """,
        """
        from partyserver import PartyServer


        class Chat(PartyServer):
            # greets
            # where it was said
            def on_close(
                self,
                connection,  # who
            ):
                self.room.broadcast("bye")

            # knows nobody
            def on_connect(self, connection, ctx):
                self.room.broadcast("hi")


        # one for all
        default = Chat
        """,
    )


def test_prose_behind_a_type_comment_stays() -> None:
    check_transformed(
        """
        def f(
            connection,
            room,  # type: PartyKitRoom  # where it was said
        ):
            room.broadcast("f")


        default = {"onConnect": f}  # type: PartyKitServer  # the party
        """,
        """
        from partyserver import PartyServer


        class Server(PartyServer):
            # where it was said
            def on_connect(
                self,
                connection,
                ctx,
            ):
                self.room.broadcast("f")


        default = Server  # the party
        """,
    )


def test_those_of_objects_that_are_merged_stay() -> None:
    check_transformed(
        """
        def f(connection, room):
            room.broadcast("f")


        def g(connection, room):
            room.broadcast("g")


        common = {"onConnect": f}
        default = {
            **  # all of
            common,  # what is common
            "onClose": g,
        }
        """,
        """
        from partyserver import PartyServer


        # all of
        # what is common
        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            def on_close(self, connection):
                self.room.broadcast("g")


        default = Server
        """,
    )


def test_what_is_hoisted_out_of_brackets_keeps_its_lines_together() -> None:
    check_transformed(
        """
        class Chat:
            def talk(self, message, connection, room):
                room.broadcast(message)


        chat = Chat()
        default = {
            "onMessage": chat  # the one
            .talk,
            "onClose": lambda  # anything
            *args: None,
        }
        print(chat)
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Chat:
            def talk(self, message, connection, room):
                room.broadcast(message)


        chat = Chat()
        _on_close = (lambda  # anything
            *args: None)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            # the one
            def on_message(self, message, connection):
                chat.talk(message, connection, self.room)

            def on_close(self, connection):
                return _on_close(connection, self.room)


        default = Server
        print(chat)
        """,
    )


def test_form_feeds_still_part_the_sections() -> None:
    check_transformed(
        """
        import json
        \f
        # greeting


        def f(connection, room):
            room.broadcast("f")


        \fdef g(connection, room):
            room.broadcast("g")


        \f
        default = {"onConnect": f, "onClose": g}
        \f
        # the end
        """,
        """
        import json

        from partyserver import PartyServer
        \f
        # greeting


        \f


        \f
        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                self.room.broadcast("f")

            def on_close(self, connection):
                self.room.broadcast("g")


        default = Server
        \f
        # the end
        """,
    )


def test_those_that_an_edit_has_no_place_for_stay_above_the_method() -> None:
    """In an object that several lines build, too."""
    size = "str(len(room  # everyone\n    .connections))"
    for_close = f"lambda connection, room: room.broadcast(\n    {size}\n)"
    for export in (
        f"default: PartyKitServer = {{'onClose': {for_close}}}\n",
        f"default: PartyKitServer = {{'onAlarm': lambda room: None}}\ndefault['onClose'] = {for_close}\n",
        f"default: PartyKitServer = {{}}\ndefault.update(onClose={for_close})\n",
    ):
        result = migrated(f"from partykit.server import PartyKitServer\n\n{export}")
        assert result.outcome == "rewritten"
        assert result.code.count("# everyone") == 1
