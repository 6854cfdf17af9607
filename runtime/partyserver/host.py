"""`Host`: a Starlette application that serves parties."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from partyserver.assets import Assets
from partyserver.background import BackgroundTasks
from partyserver.clock import Clock, SystemClock
from partyserver.cluster import ClusterSettings, LocalNode
from partyserver.edge import (
    ANY_ORIGIN,
    AllowedOrigins,
    CronExpression,
    CronRequestsFrom,
    CronSchedule,
    HttpEndpoint,
    RequestChecks,
    WebSocketEndpoint,
    allowed_origins,
    refuse,
    refuse_origin,
)
from partyserver.figures import HostFigures
from partyserver.forgotten_awaits import report_forgotten_awaits
from partyserver.host_arguments import checked_shadow, party_class, party_name
from partyserver.lifecycle import Lifecycle, State
from partyserver.limits import Limits
from partyserver.responses import ErrorAnswers
from partyserver.rooms import (
    AlarmSchedule,
    ListedRoom,
    Party,
    PartyServer,
    ReachableRoom,
    RoomContext,
    Services,
    merged,
    name_of_current_room,
    party_of_current_room,
)
from partyserver.shadowing import HostFacts, Shadow
from partyserver.starlette_layers import has_only_default_layers
from partyserver.storage import KeyRange, MemoryStorage, StorageBackend
from partyserver.stubs import Parties, Switchboard

HostLifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]


class Host(Starlette):
    """Serves parties under any ASGI server: `app = Host({"main": Chat})`.

    Paths: `/party/<room>` is the party `main`, `/parties/<party>/<room>` any other; what follows the
    room's id is the party's own. Every other path goes to the routes given here, to `main`'s `on_socket`,
    to the static files, and to `main`'s `on_fetch`, in this order.

    Attributes:
        parties: the classes by party name.
        limits: what clients and handlers may take of it.
    """

    def __init__(
        self,
        parties: Mapping[str, type[PartyServer]],
        *,
        storage: StorageBackend | None = None,
        cluster: ClusterSettings | None = None,
        env: Mapping[str, Any] | None = None,
        crons: Mapping[str, str] | None = None,
        schedule_crons: bool = True,
        cron_requests: CronRequestsFrom = "loopback",
        static: str | os.PathLike[str] | Assets | None = None,
        debug: bool = False,
        idle_timeout: float = 10.0,
        eviction_timeout: float = 70.0,
        shutdown_timeout: float = 5.0,
        limits: Limits | None = None,
        allow_origins: Iterable[str] = (ANY_ORIGIN,),
        cors: bool = False,
        clock: Clock | None = None,
        shadow: Shadow | None = None,
        routes: Sequence[BaseRoute] | None = None,
        middleware: Sequence[Middleware] | None = None,
        lifespan: HostLifespan | None = None,
    ) -> None:
        """
        Args:
            parties: the party classes by name; `main` is the one with the static hooks.
            storage: where rooms keep their data; in memory by default.
            cluster: makes the host a node of a cluster, which keeps the rooms' data, such as
                `PostgresCluster(...)`; not together with `storage`.
            env: what `room.env` and `lobby.env` hold.
            crons: cron expressions by name, in UTC, for `main`'s `on_cron`.
            schedule_crons: call `on_cron` when it is due; else `GET /__scheduled__?cron=<name>` alone does.
            cron_requests: who may have a cron run by such a request: `loopback`, clients on this machine that
                no proxy serves, `anyone` or `nobody`.
            static: a folder of files to serve, or `Assets` of one.
            debug: send clients the messages of unexpected exceptions, as PartyKit does.
            idle_timeout: seconds without an event after which the instance of a hibernating party is dropped.
            eviction_timeout: seconds without a connection or event after which any other instance is dropped.
            shutdown_timeout: seconds that running handlers get to finish when the host ends.
            limits: what clients and handlers may take; `Limits()` by default.
            allow_origins: the origins whose pages may come in, such as `https://example.com` or
                `https://*.example.com`; those of others get 403 before anything else happens. `*` is every
                one. A request without an `Origin` header is no other page's, and comes in.
            cors: let these pages read the answers to their HTTP requests, and answer their preflights
                (`OPTIONS` with `Access-Control-Request-Method`): no handler gets them. Where `allow_origins`
                names origins, with credentials such as cookies.
            clock: gives the time; the machine's clock by default.
            shadow: follows rooms with another form of their party, and reports where it differs
                (`pkcompat.Shadow`).
            routes: Starlette routes that come before the parties.
            middleware: Starlette middleware.
            lifespan: a Starlette lifespan, run around the host's own.

        Raises:
            PartyClassError: a `TypeError`: a party is no subclass of `PartyServer`, or one that cannot be
                served as it is meant (`on_conect`).
            TypeError: `shadow` is no shadow, or both `storage` and `cluster` were given.
            ClusterError: what the cluster needs is not installed.
            ValueError: a party's name cannot stand in a path, or `cron_requests` is none of its values.
            CronError: a cron expression cannot be read.
            OriginError: an origin cannot be read.
            RuntimeError: there is no such folder of static files.
        """
        super().__init__(debug, routes, middleware, lifespan=self.lifespan)  # type: ignore[arg-type]
        report_forgotten_awaits()
        self.parties = dict(parties)
        self.limits = limits or Limits()
        self._checks = RequestChecks(self.limits.max_body)
        self._origins = allowed_origins(allow_origins)
        self._cors = _cors(self._within_cors, self._origins) if cors else None
        self._user_lifespan = lifespan
        self._figures = figures = HostFigures()
        self._tasks = BackgroundTasks(
            name_of_current_room, lambda error: figures.failed_in_background(party_of_current_room(), error)
        )
        answers = ErrorAnswers(debug)
        clock = clock or SystemClock()
        if cluster is not None and storage is not None:
            raise TypeError(
                "Host takes storage= or cluster=, not both: a cluster keeps the rooms' data itself"
            )
        self._node = (
            LocalNode(cluster, self._tasks, clock, answers, {"app": self, "router": self.router})
            if cluster is not None
            else None
        )
        self._storage = storage or MemoryStorage() if self._node is None else self._node.storage
        self._shadow = None if shadow is None else checked_shadow(shadow)
        self._alarms = AlarmSchedule(self._storage, clock, self._tasks, self._ring, figures)
        switchboard = Switchboard(
            self._open_room,
            self._list_rooms,
            answers,
            self._tasks.watch,
            self._storage,
            self.limits.max_queue,
        )
        self._services = services = Services(
            env=dict(env or {}),
            storage=self._storage,
            clock=clock,
            tasks=self._tasks,
            room_context=RoomContext(Parties(self.parties, switchboard), _assets(static)),
            alarm_changed=self._alarms.changed,
            idle_timeout=idle_timeout,
            eviction_timeout=eviction_timeout,
            limits=self.limits,
            room_starts=shadow.room_starts if shadow is not None else None,
            lease=None if self._node is None else self._node.membership.lease,
            room_emptied=self._room_emptied,
            figures=figures,
        )
        self._parties = {
            name: Party(party_name(name), party_class(name, server_class), services)
            for name, server_class in self.parties.items()
        }
        expressions = {name: CronExpression(name, text) for name, text in (crons or {}).items()}
        http = HttpEndpoint(self._parties, services, switchboard, answers, expressions, cron_requests)
        self._endpoints: dict[str, ASGIApp] = {
            "http": http,
            "websocket": WebSocketEndpoint(http, self._parties, services, switchboard, answers),
        }
        scheduled = expressions if schedule_crons and http.runs_crons else {}
        claim = None if self._node is None else self._node.claim_cron
        if self._node is not None:
            self._node.serve(self._parties, self._alarms)
        self._lifecycle = Lifecycle(
            self.parties,
            self._storage,
            self._alarms,
            CronSchedule(scheduled, clock, self._tasks, http.run_cron, claim),
            self._tasks,
            shutdown_timeout,
            self.limits,
            self._node,
        )
        if self._shadow is not None:
            self._lifecycle.follow(self._shadow, self._facts())
        self._is_draining = False
        self._has_known_layers: bool | None = None  # not known before all of the user's are added
        self.router.default = self._serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        if self._node is not None and self._node.passing.is_for_nodes(scope):
            await self._node.passing.serve(scope, receive, send)
            return
        if not self._checks.is_plain(scope):
            if (refusal := self._checks.refusal(scope)) is not None:
                if scope["type"] == "websocket":
                    self._figures.refused["host"] += 1
                    await receive()  # websocket.connect
                await refuse(refusal, scope, receive, send)
                return
            receive, send = self._checks.limited(scope, receive, send)
        if self._origins is not None and not self._origins.admit(scope["headers"]):
            self._figures.refused["origin"] += scope["type"] == "websocket"
            await refuse_origin(scope, receive, send)
            return
        await self._lifecycle.start_without_lifespan()
        if scope["type"] == "http":
            with self._tasks.counted():
                await (self._cors or self._way_in(scope))(scope, receive, send)
        else:
            await self._way_in(scope)(scope, receive, send)

    async def _within_cors(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._way_in(scope)(scope, receive, send)

    def _way_in(self, scope: Scope) -> ASGIApp:
        if self._has_own_handling:
            return super().__call__
        # Straight to the endpoint, as Starlette's layers in between would do nothing.
        scope.update({"app": self, "router": self.router})
        return self._serve

    @property
    def _has_own_handling(self) -> bool:
        """Whether there is more than parties: middleware, routes, exception handlers, unknown layers."""
        if self.user_middleware or self.routes or self.exception_handlers:
            return True
        if self._has_known_layers is None:
            self._has_known_layers = has_only_default_layers(self)
        return not self._has_known_layers

    @property
    def shadow_report(self) -> Any:
        """The shadow's results so far (`pkcompat.shadow.follower.ShadowReport`); None without a shadow."""
        return None if self._shadow is None else self._shadow.report()

    @cached_property
    def admin(self) -> Starlette:
        """An application for those who operate the host: `Mount("/admin", host.admin)` behind an
        authentication of your own, since it lets in everyone. `GET`:

        - `/healthz`: the process answers; `/readyz`: 503 before the start, while it drains, for 10 s after a
          commit has failed, while storage is unusable, and without the lease of a cluster's node
        - `/metrics`: for Prometheus; how long handlers take is measured from the first use of `admin` on
        - `/`: a page for people; `docs/guides/admin-page.md` says what it shows
        - `/api/parties`, `/api/parties/<party>/rooms?prefix=&start_after=&limit=`
        - `/api/parties/<party>/room?room=<id>`; `.../room/connections?room=<id>` and
          `.../room/keys?room=<id>`, which take a prefix, start and limit (100), too

        `POST`, for no page of another site: `.../room/close?room=<id>&connection=<id>` closes with 1008,
        `.../room/delete?room=<id>` deletes stored values and alarm, `.../room/ring?room=<id>` has the stored
        alarm ring now. Connections, and in a cluster all of a room, are those of this process.
        """
        from partyserver.admin import OperatedHost, admin_app

        self._figures.time_handlers()
        return admin_app(
            OperatedHost(
                self._parties,
                self._storage,
                self._alarms,
                self._services.clock,
                self._unready,
                self._has_room,
                self._figures,
                self._node,
                self._shadow,
            )
        )

    def _unready(self) -> str | None:
        if self._lifecycle.state is not State.RUNNING:
            return f"the host is {self._lifecycle.state.value}"
        return "the host is about to stop" if self._is_draining else self._storage.problem

    def _has_room(self, party: str, room_id: str) -> bool:
        return self._node is None or self._node.storage.held((party, room_id)) is not None

    async def drain(self, seconds: float) -> bool:
        """Wait until no handler runs, and all answers and messages are with the ASGI server.

        Events that arrive during this time are handled as usual.

        Args:
            seconds: how long to wait at most.

        Returns:
            Whether that was reached in time.
        """
        self._is_draining = True
        if self._node is not None:
            self._node.close()
        return await self._tasks.drain(seconds)

    def _facts(self) -> HostFacts:
        services = self._services
        return HostFacts(
            parties=self.parties,
            env=services.env,
            assets=services.room_context.assets,
            debug=self.debug,
            idle_timeout=services.idle_timeout,
        )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoints[scope["type"]](scope, receive, send)

    def _open_room(self, party: str, room_id: str) -> ReachableRoom:
        if self._node is not None:
            return self._node.room(party, room_id)
        return self._parties[party].room(room_id)

    async def _list_rooms(self, party: str, ids: KeyRange) -> list[ListedRoom]:
        known = await self._storage.rooms_of(party, ids)
        return merged(self._parties[party].live_rooms(ids), known, ids)

    def _room_emptied(self, party: str, room_id: str) -> None:
        if self._node is not None:
            self._node.emptied(party, room_id)

    async def _ring(self, party: str, room_id: str) -> None:
        await self._parties[party].ring(room_id)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Any = None) -> AsyncIterator[Mapping[str, Any] | None]:
        """The host's lifespan, for the application in which it is mounted: Starlette runs none of a mount.

        `Starlette(routes=[Mount("/rt", host)], lifespan=host.lifespan)`; within a lifespan of one's own
        `async with host.lifespan(app):`. In it alarms ring and crons run. It may be entered more than once;
        they stop with the last exit.

        Args:
            app: the application, for the `lifespan` that the host was made with.

        Raises:
            StorageFileError: the storage cannot be opened.
        """
        user = self._user_lifespan(app or self) if self._user_lifespan else contextlib.nullcontext()
        async with user as state:
            await self._lifecycle.start()
            try:
                yield state
            finally:
                await self._lifecycle.stop()


def _cors(app: ASGIApp, origins: AllowedOrigins | None) -> CORSMiddleware:
    """Give answers the headers with which pages may read them, and answer preflights.

    Pages of other origins do not come this far. Browsers take `*` for no request with credentials.
    """
    if origins is None:
        return CORSMiddleware(app, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    return CORSMiddleware(
        app,
        allow_origin_regex=origins.pattern,
        allow_methods=["*"],
        allow_headers=["*"],
        allow_credentials=True,
    )


def _assets(static: str | os.PathLike[str] | Assets | None) -> Assets:
    return static if isinstance(static, Assets) else Assets(static)
