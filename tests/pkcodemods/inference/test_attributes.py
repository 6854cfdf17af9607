"""Values in attributes."""

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed


def test_classes_of_helpers() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Game:
            games = {}
            def __init__(self, room):
                self.room = room
                self.players = []
            @classmethod
            def of(cls, room):
                return cls.games.setdefault(room.id, cls(room))
            @staticmethod
            def size(room):
                return len(room.connections)
            @property
            def peers(self):
                return list(self.room.connections.values())
            def join(self, connection):
                self.players.append(connection)
                connection.socket.send(f"{self.size(self.room)} {len(self.peers)}")
                self._tell("x")
            def _tell(self, text):
                for p in self.players:
                    p.socket.send(text)
                for p in self.peers:
                    p.socket.send(text)


        def on_message(message, connection, room):
            game = Game.of(room)
            game.join(connection)
            connection.send(str(Game.size(game.room)))
            connection.send(str(len(game.room.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Game:
            games = {}
            def __init__(self, room):
                self.room = room
                self.players = []
            @classmethod
            def of(cls, room):
                return cls.games.setdefault(room.id, cls(room))
            @staticmethod
            def size(room):
                return len(room.get_connections())
            @property
            def peers(self):
                return self.room.get_connections()
            def join(self, connection):
                self.players.append(connection)
                connection.send(f"{self.size(self.room)} {len(self.peers)}")
                self._tell("x")
            def _tell(self, text):
                for p in self.players:
                    p.send(text)
                for p in self.peers:
                    p.send(text)


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                game = Game.of(self.room)
                game.join(connection)
                connection.send(str(Game.size(game.room)))
                connection.send(str(len(game.room.get_connections())))


        default = Server
        """,
        findings=("PK301",),
    )


def test_bases() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Base:
            def __init__(self, room):
                self.room = room
            def count(self):
                return len(self.room.connections)


        class Derived(Base):
            def __init__(self, room, connection):
                super().__init__(room)
                self.c = connection
            def go(self):
                self.c.socket.send(f"{self.count()} {super().count()} {len(self.room.connections)}")


        def on_message(message, connection, room):
            Derived(room, connection).go()


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Base:
            def __init__(self, room):
                self.room = room
            def count(self):
                return len(self.room.get_connections())


        class Derived(Base):
            def __init__(self, room, connection):
                super().__init__(room)
                self.c = connection
            def go(self):
                self.c.send(f"{self.count()} {super().count()} {len(self.room.get_connections())}")


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                Derived(self.room, connection).go()


        default = Server
        """,
        findings=("PK301",),
    )


def test_special_methods() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Session:
            _all = {}
            def __new__(cls, room): return super().__new__(cls)
            def __init__(self, room): self._room = room
            @property
            def room(self): return self._room
            @room.setter
            def room(self, value): self._room = value
            def __len__(self): return len(self.room.connections)
            def __iter__(self): return iter(self.room.connections.values())
            def __getitem__(self, k): return self.room.connections[k]
            def __enter__(self): return self.room
            def __exit__(self, *a): pass
            def __call__(self, c): c.socket.send(str(len(self)))


        def on_message(message, connection, room):
            s = Session(room)
            s(connection)
            for c in s: c.socket.send("it")
            s["a"].socket.send("item") if "a" in s.room.connections else None
            with s as r: connection.send(str(len(r.connections)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Session:
            _all = {}
            def __new__(cls, room): return super().__new__(cls)
            def __init__(self, room): self._room = room
            @property
            def room(self): return self._room
            @room.setter
            def room(self, value): self._room = value
            def __len__(self): return len(legacy_room(self.room).connections)
            def __iter__(self): return iter(legacy_room(self.room).connections.values())
            def __getitem__(self, k): return legacy_room(self.room).connections[k]
            def __enter__(self): return self.room
            def __exit__(self, *a): pass
            def __call__(self, c): c.send(str(len(self)))


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                s = Session(self.room)
                s(connection)
                for c in s: legacy_connection(c).socket.send("it")
                legacy_connection(s["a"]).socket.send("item") if "a" in legacy_room(
                    s.room
                ).connections else None
                with s as r: connection.send(str(len(legacy_room(r).connections)))


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK208", "PK208", "PK208", "PK208", "PK208", "PK208"),
    )


def test_attributes_of_functions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_connect(connection, room):
            on_connect.room = room
            helper.conns = [connection]


        def helper(): return None


        def on_message(message, connection, room):
            connection.send(str(len(on_connect.room.connections)))
            for c in helper.conns: c.socket.send("h")


        default: PartyKitServer = {"onConnect": on_connect, "onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def on_connect(connection, room):
            on_connect.room = room
            helper.conns = [connection]


        def helper(): return None


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection, ctx):
                on_connect(connection, self.room)

            def on_message(self, message, connection):
                connection.send(str(len(on_connect.room.get_connections())))
                for c in helper.conns: c.send("h")


        default = Server
        """,
        findings=("PK301",),
    )


def test_listeners_of_objects() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        class Watcher:
            def __init__(self, connection, room):
                self.connection = connection
                self.room = room
                connection.addEventListener("message", self.on_message)
            def on_message(self, event):
                self.connection.socket.send(f"{event.data} {len(self.room.connections)}")
            def on_close(self, event):
                self.room.broadcast(f"{event.wasClean}")


        def on_connect(connection, room):
            w = Watcher(connection, room)
            connection.addEventListener("close", w.on_close)


        default: PartyKitServer = {"onConnect": on_connect}
        """,
        """
        from partyserver import PartyServer


        class Watcher:
            def __init__(self, connection, room):
                self.connection = connection
                self.room = room
                connection.add_event_listener("message", self.on_message)
            def on_message(self, event):
                self.connection.send(f"{event.data} {len(self.room.get_connections())}")
            def on_close(self, event):
                self.room.broadcast(f"{event.was_clean}")


        class Server(PartyServer):
            def on_connect(self, connection, ctx):
                w = Watcher(connection, self.room)
                connection.add_event_listener("close", w.on_close)


        default = Server
        """,
    )


def test_a_walk_through_objects_of_other_code_comes_to_its_end() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitRoom, PartyKitServer
        from trees import Tree

        node = Tree.root


        def on_message(message, connection, room: PartyKitRoom):
            global node
            while node.parent.children:
                node = node.parent
            names = [each.name for each in [node]]
            names.node = node.parent
            connection.send(f"{names} {len(names.node.children)}")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from trees import Tree

        node = Tree.root


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                global node
                while node.parent.children:
                    node = node.parent
                names = [each.name for each in [node]]
                names.node = node.parent
                connection.send(f"{names} {len(names.node.children)}")


        default = Server
        """,
    )
