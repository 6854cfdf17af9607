"""What each use of `room.connections` as a mapping becomes."""

# ruff: noqa: E501 - the lines of a migrated module are as long as they become

from __future__ import annotations

from tests.pkcodemods.checks import check_transformed, codes


def test_get() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            p = room.connections.get("b")
            if p is not None:
                p.socket.send("b")
            q = room.connections.get("zz", connection)
            q.send("q")
            r = room.connections.get("zz", make(connection))
            r.send("r")
            s = room.connections.get("zz", default=connection)
            s.send("s")
            connection.send(str(room.connections.get("zz", 0)))
            connection.send(str(room.connections.get("a", 0) == 0))


        def make(c):
            c.send("made")
            return c


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        def make(c):
            c.send("made")
            return c


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                p = self.room.get_connection("b")
                if p is not None:
                    p.send("b")
                q = self.room.get_connection("zz") or connection
                q.send("q")
                r = {peer.id: peer for peer in self.room.get_connections()}.get(
                    "zz", make(connection)
                )
                r.send("r")
                s = self.room.get_connection("zz") or connection
                s.send("s")
                connection.send(str(self.room.get_connection("zz") or 0))
                connection.send(str((self.room.get_connection("a") or 0) == 0))


        default = Server
        """,
    )


def test_membership() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str("a" in room.connections))
            connection.send(str("zz" not in room.connections))
            connection.send(str(not "a" in room.connections))
            connection.send(str("a" in room.connections.keys()))
            connection.send(str(connection in room.connections.values()))
            connection.send(str(("a", connection) in room.connections.items()))
            connection.send(str("a" in room.connections == True))
            x = "a" in room.connections and "b" in room.connections
            connection.send(str(x))
            y = None in room.connections
            connection.send(str(y))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(self.room.get_connection("a") is not None))
                connection.send(str(self.room.get_connection("zz") is None))
                connection.send(str(not self.room.get_connection("a") is not None))
                connection.send(str(self.room.get_connection("a") is not None))
                connection.send(str(connection in self.room.get_connections()))
                connection.send(
                    str(
                        ("a", connection)
                        in [(peer.id, peer) for peer in self.room.get_connections()]
                    )
                )
                connection.send(
                    str("a" in {peer.id: peer for peer in self.room.get_connections()} == True)
                )
                x = (
                    self.room.get_connection("a") is not None
                    and self.room.get_connection("b") is not None
                )
                connection.send(str(x))
                y = self.room.get_connection(None) is not None
                connection.send(str(y))


        default = Server
        """,
        findings=("PK301",),
    )


def test_length() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            n = len(room.connections)
            m = len(room.connections.keys()) + len(room.connections.values()) + len(room.connections.items())
            connection.send(str(n + m))
            connection.send(str(room.connections.__len__()))
            if len(room.connections) > 1: connection.send("many")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                n = len(self.room.get_connections())
                m = (
                    len(self.room.get_connections())
                    + len(self.room.get_connections())
                    + len(self.room.get_connections())
                )
                connection.send(str(n + m))
                connection.send(str(legacy_room(self.room).connections.__len__()))
                if len(self.room.get_connections()) > 1: connection.send("many")


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK301"),
    )


def test_truth() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            if room.connections: connection.send("some")
            if not room.connections: connection.send("none")
            x = bool(room.connections)
            y = room.connections and 1
            z = not room.connections.keys()
            while room.connections:
                break
            connection.send("t" if room.connections else "f")
            connection.send(str(x) + str(y) + str(z))
            assert room.connections, "empty"


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                if self.room.get_connections(): connection.send("some")
                if not self.room.get_connections(): connection.send("none")
                x = bool(self.room.get_connections())
                y = legacy_room(self.room).connections and 1
                z = not self.room.get_connections()
                while self.room.get_connections():
                    break
                connection.send("t" if self.room.get_connections() else "f")
                connection.send(str(x) + str(y) + str(z))
                assert self.room.get_connections(), "empty"


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK301"),
    )


def test_copies() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            a = dict(room.connections)
            b = list(room.connections)
            c = sorted(room.connections)
            d = set(room.connections)
            e = {**room.connections}
            f = {k: v for k, v in room.connections.items()}
            g = tuple(room.connections)
            h = [*room.connections]
            i = list(room.connections.values())
            j = list(room.connections.items())
            k = {**room.connections, "x": 1}
            l = dict(room.connections, y=2)
            m = frozenset(room.connections.keys())
            a["a"].socket.send("copy")
            e["a"].socket.send("copy") if "a" in e else None
            i[0].socket.send("i")
            j[0][1].socket.send("j")
            connection.send(str(sorted(a)))
            connection.send(str(b))
            connection.send(str(c))
            connection.send(str(sorted(d)))
            connection.send(str(sorted(e)))
            connection.send(str(sorted(f)))
            connection.send(str(g))
            connection.send(str(h))
            connection.send(str(len(i)))
            connection.send(str(len(j)))
            connection.send(str(sorted(k)))
            connection.send(str(sorted(l)))
            connection.send(str(sorted(m)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                a = {peer.id: peer for peer in self.room.get_connections()}
                b = [peer.id for peer in self.room.get_connections()]
                c = sorted(peer.id for peer in self.room.get_connections())
                d = {peer.id for peer in self.room.get_connections()}
                e = {peer.id: peer for peer in self.room.get_connections()}
                f = {v.id: v for v in self.room.get_connections()}
                g = tuple(peer.id for peer in self.room.get_connections())
                h = [peer.id for peer in self.room.get_connections()]
                i = self.room.get_connections()
                j = [(peer.id, peer) for peer in self.room.get_connections()]
                k = {**{peer.id: peer for peer in self.room.get_connections()}, "x": 1}
                l = dict({peer.id: peer for peer in self.room.get_connections()}, y=2)
                m = frozenset(peer.id for peer in self.room.get_connections())
                a["a"].send("copy")
                e["a"].send("copy") if "a" in e else None
                i[0].send("i")
                j[0][1].send("j")
                connection.send(str(sorted(a)))
                connection.send(str(b))
                connection.send(str(c))
                connection.send(str(sorted(d)))
                connection.send(str(sorted(e)))
                connection.send(str(sorted(f)))
                connection.send(str(g))
                connection.send(str(h))
                connection.send(str(len(i)))
                connection.send(str(len(j)))
                connection.send(str(sorted(k)))
                connection.send(str(sorted(l)))
                connection.send(str(sorted(m)))


        default = Server
        """,
        findings=("PK301",),
    )


def test_sets_of_keys() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str(sorted(room.connections.keys() - {"a"})))
            connection.send(str(sorted(room.connections.keys() & {"a"})))
            connection.send(str(sorted(room.connections.keys() | {"q"})))
            connection.send(str(room.connections.keys() == {"a", "b"}))
            connection.send(str(room.connections.keys() <= {"a", "b", "c"}))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    str(sorted({peer.id for peer in self.room.get_connections()} - {"a"}))
                )
                connection.send(
                    str(sorted({peer.id for peer in self.room.get_connections()} & {"a"}))
                )
                connection.send(
                    str(sorted({peer.id for peer in self.room.get_connections()} | {"q"}))
                )
                connection.send(
                    str({peer.id for peer in self.room.get_connections()} == {"a", "b"})
                )
                connection.send(
                    str({peer.id for peer in self.room.get_connections()} <= {"a", "b", "c"})
                )


        default = Server
        """,
        findings=("PK301",),
    )


def test_javascript_names() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str(room.connections.size))
            connection.send(str(room.connections.has("a")))
            room.connections.forEach(lambda c, k: c.socket.send(k))
            def each(c, k):
                c.socket.send("each" + k)
            room.connections.forEach(each)
            if room.connections.has("zz"): pass


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(len(self.room.get_connections())))
                connection.send(str(self.room.get_connection("a") is not None))
                legacy_room(self.room).connections.forEach(lambda c, k: c.send(k))
                def each(c, k):
                    c.send("each" + k)
                for peer in self.room.get_connections():
                    each(peer, peer.id)
                if self.room.get_connection("zz") is not None: pass


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK301"),
    )


def test_merging() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            try:
                x = room.connections | {}
            except TypeError as e:
                connection.send("type")
            x = dict(room.connections) | {"z": connection}
            x["z"].socket.send("z")
            y = {"q": connection}
            y |= room.connections
            y.update(room.connections)
            y["a"].socket.send(str(len(y))) if "a" in y else None


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_connection, legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                try:
                    x = legacy_room(self.room).connections | {}
                except TypeError as e:
                    connection.send("type")
                x = {peer.id: peer for peer in self.room.get_connections()} | {"z": connection}
                x["z"].send("z")
                y = {"q": connection}
                y |= legacy_room(self.room).connections
                y.update({peer.id: peer for peer in self.room.get_connections()})
                legacy_connection(y["a"]).socket.send(str(len(y))) if "a" in y else None


        default = Server
        """,
        outcome="residue",
        findings=("PK208", "PK202", "PK202", "PK301"),
    )


def test_unpacking() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            first, *rest = room.connections
            connection.send(first + str(rest))
            [c, *_] = room.connections.values()
            c.socket.send("c")
            (k, v), *_ = room.connections.items()
            v.socket.send(k)
            print(*room.connections, end="", sep="")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                first, *rest = [peer.id for peer in self.room.get_connections()]
                connection.send(first + str(rest))
                [c, *_] = self.room.get_connections()
                c.send("c")
                (k, v), *_ = [(peer.id, peer) for peer in self.room.get_connections()]
                v.send(k)
                print(*[peer.id for peer in self.room.get_connections()], end="", sep="")


        default = Server
        """,
        findings=("PK301",),
    )


def test_functions_that_walk_it() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import random, itertools, functools, json


        def on_message(message, connection, room):
            connection.send(str(any(c.id == "a" for c in room.connections.values())))
            connection.send(str(all(room.connections)))
            connection.send(max(room.connections))
            connection.send(min(room.connections.keys()))
            connection.send(str(sum(1 for _ in room.connections)))
            connection.send(str(next(iter(room.connections))))
            connection.send(next(iter(room.connections.values())).socket.id)
            connection.send(str(list(map(lambda c: c.socket.id, room.connections.values()))))
            connection.send(str(list(filter(lambda k: k != "a", room.connections))))
            connection.send(str(list(zip(room.connections, range(5)))))
            connection.send(str(list(itertools.chain(room.connections, ["z"]))))
            connection.send(json.dumps(list(room.connections)))
            connection.send(json.dumps(sorted(room.connections, reverse=True)))
            connection.send(str(sorted(room.connections.values(), key=lambda c: c.socket.id)[0].id))
            random.choice(list(room.connections.values())).socket.send("r") if len(room.connections) == 1 else None
            connection.send(str(sorted(room.connections.items(), key=lambda kv: kv[0])[0][1].socket.id))
            x = functools.reduce(lambda n, c: n + len(c.socket.id), room.connections.values(), 0)
            connection.send(str(x))
            connection.send(str(dict.fromkeys(room.connections, 0)))
            connection.send(str(str(room.connections)[:3]))
            connection.send(f"{room.connections.keys()!s:.3}")
            connection.send(repr(list(room.connections.keys())))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room

        import random, itertools, functools, json


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(any(c.id == "a" for c in self.room.get_connections())))
                connection.send(str(all(peer.id for peer in self.room.get_connections())))
                connection.send(max(peer.id for peer in self.room.get_connections()))
                connection.send(min(peer.id for peer in self.room.get_connections()))
                connection.send(str(sum(1 for peer in self.room.get_connections())))
                connection.send(
                    str(next(iter([peer.id for peer in self.room.get_connections()])))
                )
                connection.send(next(iter(self.room.get_connections())).id)
                connection.send(str(list(map(lambda c: c.id, self.room.get_connections()))))
                connection.send(
                    str(
                        list(
                            filter(
                                lambda k: k != "a",
                                [peer.id for peer in self.room.get_connections()],
                            )
                        )
                    )
                )
                connection.send(
                    str(list(zip([peer.id for peer in self.room.get_connections()], range(5))))
                )
                connection.send(
                    str(
                        list(
                            itertools.chain(
                                [peer.id for peer in self.room.get_connections()], ["z"]
                            )
                        )
                    )
                )
                connection.send(json.dumps([peer.id for peer in self.room.get_connections()]))
                connection.send(
                    json.dumps(
                        sorted([peer.id for peer in self.room.get_connections()], reverse=True)
                    )
                )
                connection.send(str(sorted(self.room.get_connections(), key=lambda c: c.id)[0].id))
                random.choice(self.room.get_connections()).send("r") if len(
                    self.room.get_connections()
                ) == 1 else None
                connection.send(
                    str(
                        sorted(
                            [(peer.id, peer) for peer in self.room.get_connections()],
                            key=lambda kv: kv[0],
                        )[0][1].id
                    )
                )
                x = functools.reduce(lambda n, c: n + len(c.id), self.room.get_connections(), 0)
                connection.send(str(x))
                connection.send(
                    str(dict.fromkeys([peer.id for peer in self.room.get_connections()], 0))
                )
                connection.send(str(str(legacy_room(self.room).connections)[:3]))
                connection.send(f"{legacy_room(self.room).connections.keys()!s:.3}")
                connection.send(repr([peer.id for peer in self.room.get_connections()]))


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK202", "PK301"),
    )


def test_comparisons() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str(room.connections == {}))
            connection.send(str(room.connections != dict(room.connections)))
            connection.send(str(room.connections is None))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    str({peer.id: peer for peer in self.room.get_connections()} == {})
                )
                connection.send(
                    str(
                        {peer.id: peer for peer in self.room.get_connections()}
                        != {peer.id: peer for peer in self.room.get_connections()}
                    )
                )
                connection.send(
                    str({peer.id: peer for peer in self.room.get_connections()} is None)
                )


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_match_by_keys() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            match room.connections:
                case {"a": a}:
                    a.socket.send("matched")
                case _:
                    connection.send("no")


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                match {peer.id: peer for peer in self.room.get_connections()}:
                    case {"a": a}:
                        a.send("matched")
                    case _:
                        connection.send("no")


        default = Server
        """,
        findings=("PK301",),
    )


def test_its_text_keeps_the_mapping() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            connection.send(str(room.connections)[:3])
            connection.send(f"{room.connections}"[:3])


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions
        from pkcompat import legacy_room


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(str(legacy_room(self.room).connections)[:3])
                connection.send(f"{legacy_room(self.room).connections}"[:3])


        default = Server
        """,
        outcome="residue",
        findings=("PK202", "PK202"),
    )


def test_membership_in_expressions() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            a = "a" in room.connections or "b" in room.connections
            b = not ("zz" in room.connections)
            c = ("a" in room.connections) + 1
            d = "a" + "b" in room.connections
            e = (lambda: "a")() in room.connections
            f = [k for k in "abc" if k in room.connections]
            g = message in room.connections if message else None
            h = (x := "a") in room.connections
            i = ("a" if message else "b") in room.connections
            connection.send(str([a, b, c, d, e, f, g, h, i]))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                a = (
                    self.room.get_connection("a") is not None
                    or self.room.get_connection("b") is not None
                )
                b = not (self.room.get_connection("zz") is not None)
                c = (self.room.get_connection("a") is not None) + 1
                d = self.room.get_connection("a" + "b") is not None
                e = self.room.get_connection((lambda: "a")()) is not None
                f = [k for k in "abc" if self.room.get_connection(k) is not None]
                g = self.room.get_connection(message) is not None if message else None
                h = self.room.get_connection(x := "a") is not None
                i = self.room.get_connection("a" if message else "b") is not None
                connection.send(str([a, b, c, d, e, f, g, h, i]))


        default = Server
        """,
    )


def test_comments_inside_of_a_use_stay() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer


        def on_message(message, connection, room):
            for k in (  # keys
                room.connections  # all
            ):
                # look up
                p = room.connections[k]  # the peer
                p.send(k)  # send
            x = [
                c  # each
                for k, c in room.connections.items()  # of all
                if k  # if
            ]
            y = room.connections.get(
                "a",  # who
                connection,  # else
            )
            y.send(str(len(x)))


        default: PartyKitServer = {"onMessage": on_message}
        """,
        """
        from partyserver import PartyServer, ServerOptions


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                # keys
                # all
                for p in self.room.get_connections():
                    # look up
                    # the peer
                    p.send(p.id)  # send
                x = [
                    c  # each
                    for c in self.room.get_connections()  # of all
                    if c.id  # if
                ]
                # who
                # else
                y = self.room.get_connection("a") or connection
                y.send(str(len(x)))


        default = Server
        """,
        findings=("PK301",),
    )


def test_a_length_that_is_not_the_builtin() -> None:
    check_transformed(
        """
        from partykit.server import PartyKitServer

        import builtins


        def on_message(message, connection, room):
            connection.send(str(len(room.connections)))


        default: PartyKitServer = {"onMessage": on_message}


        def len(x): return 42
        """,
        """
        from partyserver import PartyServer, ServerOptions

        import builtins


        class Server(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_message(self, message, connection):
                connection.send(
                    str(len({peer.id: peer for peer in self.room.get_connections()}))
                )


        default = Server


        def len(x): return 42
        """,
        findings=("PK301",),
    )


def test_a_match_that_asks_for_more_keeps_the_mapping() -> None:
    for pattern in ("dict()", "{'a': 1} | dict()", "peers", "{'a': _} as peers"):
        source = f"""
            from partykit.server import PartyKitServer


            def on_message(message, connection, room):
                match room.connections:
                    case {pattern}:
                        connection.send("matched")


            default: PartyKitServer = {{"onMessage": on_message}}
        """
        assert "PK202" in codes(source), pattern
