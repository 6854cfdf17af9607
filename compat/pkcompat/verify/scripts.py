"""The explorer: generates scripts from a module's vocabulary, and from what was reached so far.

Home-made, though Hypothesis generates and shrinks as well: the scripts come from the party's own source, each
must be playable as it stands, and the lines that it reached decide which ones are varied further.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, product, repeat
from urllib.parse import quote

from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Headers, Http, Raw, Send, Step, Wait, repaired
from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.words import METHODS, Vocabulary

CLIENTS = ("a", "b", "c")
_CROWD = "abcdefgh"
_SHARED = "a2"
_WAITS = (0.3, 1.0, 11.0, 71.0, 3_600.0)
_BROKEN = (
    b"\x83\x80\0\0\0\0",  # a reserved opcode
    b"\x81\x82\0\0\0\0\xc3\x28",  # text that is not UTF-8
    b"\x81\x01x",  # an unmasked frame
)
# On both sides of the limit: an id is a tag in a hibernating party, of at most 256 characters.
_ODD_IDS = ("x" * 257, "", "%20", "%C3%BC", "x" * 256)
_PER_SCRIPT = 8
_PER_PREPARATION = 4
_MOST_TURNS = 8  # opening messages, and as many moves
_PLAIN_AT_FIRST = 30  # scripts; after these, every other one is random
_MOST_AWAITED = 160  # messages
_MOST_STEPS = 40

Script = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the explorer knows of a party.

    Attributes:
        vocabulary: what its module understands.
        handlers: its handlers, by their class-form names.
        path: where its rooms are, such as `/party`.
        crons: the names of the host's crons.
        shares_ids: whether two sockets may have one id at a time.
    """

    vocabulary: Vocabulary
    handlers: frozenset[str]
    path: str = "/party"
    crons: tuple[str, ...] = ()
    shares_ids: bool = True


class Explorer:
    """Generates scripts, each a sequence of steps.

    The first ones go through the vocabulary systematically; later every other one is random, or a mutation of
    a script that reached something new.

    The same ground, seed and calls of `keep` give the same scripts.
    """

    def __init__(self, ground: Ground, seed: int = 0) -> None:
        self._ground = ground
        self._chance = random.Random(seed)
        self._messages = MessageMaker(ground.vocabulary, CLIENTS, self._chance)
        self._orders = self._messages.orders()
        self._plain = self._plain_scripts()
        self._made = 0
        self._kept: list[Script] = []  # scripts that reached something new, to be mutated
        self._actions, self._weights = self._weighted_actions()

    def script(self) -> Script:
        """The next script."""
        self._made += 1
        if self._made <= _PLAIN_AT_FIRST or self._made % 2:
            for script in self._plain:
                return self.repaired(script)
        self._messages.focus()
        if self._kept and self._chance.random() < 0.5:
            # The latest one counts three times: what it reached leads on more often.
            made = self._changed(self._chance.choice(self._kept[-1:] * 2 + self._kept))
        else:
            made = self._fresh()
        return self.repaired(made)[:_MOST_STEPS] or self.repaired(self._fresh())

    def repaired(self, script: Script) -> Script:
        """A playable script that is fair to the party: two sockets share an id only where they may."""
        return repaired(script, shares_ids=self._ground.shares_ids)

    def keep(self, script: Script) -> None:
        """Record that a script reached something new, so that it is mutated."""
        self._kept.append(script)

    # Systematic scripts

    def _plain_scripts(self) -> Iterator[Script]:
        """Messages, requests and connections by turns, so that a small budget covers some of each."""
        yield self._comings_and_goings()
        talks = [
            self._plain_messages(),
            self._plain_waits(),
            self._plain_races(),
            self._plain_pairs(),
            self._plain_sequences(),
            self._plain_gatherings(),
        ]
        visits = [self._plain_visits(), self._plain_connects()]
        if "on_message" in self._ground.handlers:
            waiting = [talks[0], *visits, *talks[1:]]
        elif self._ground.handlers & {"on_connect", "on_socket"}:  # there may be listeners
            waiting = [*visits, *talks]
        else:
            waiting = [*visits, islice(talks[0], 1)]
        yield from _in_turn(waiting)

    def _plain_gatherings(self) -> Iterator[Script]:
        """Crowds, preparations and games, by turns."""
        return _in_turn([self._plain_crowds(), self._plain_preparations(), self._plain_turns()])

    def _plain_crowds(self) -> Iterator[Script]:
        """More clients than most parties admit: all send the same message, then leave in reverse order."""
        for order in self._orders:
            yield (
                *(self._connect(client) for client in _CROWD),
                *(Send(client, order) for client in _CROWD),
                Wait(0.3),
                *(Close(client) for client in reversed(_CROWD)),
            )

    def _plain_preparations(self) -> Iterator[Script]:
        """One client starts something; just before its deadline both act again; then the deadline passes."""
        if "on_alarm" not in self._ground.handlers:
            return
        times = [number for number in self._ground.vocabulary.numbers if 1_000 < number <= 3_600_000]
        nearly = round(max(times) * 0.9 / 1_000, 3) if times else 0.3
        orders = self._orders[:_MOST_TURNS]
        pairs = product(orders, orders)
        while batch := list(islice(pairs, _PER_PREPARATION)):
            steps: list[Step] = [self._connect("a"), self._connect("b")]
            for first, second in batch:
                said = self._messages.rising(second, 3)[1:]
                steps += [Send("a", first), Wait(nearly), *map(Send, "ab", said), Wait(71.0)]
            yield tuple(steps)

    def _plain_messages(self) -> Iterator[Script]:
        messages = self._messages.simple()
        before: list[Data] = []  # the end of the last batch, which the first of this one may build on
        while batch := list(islice(messages, _PER_SCRIPT)):
            steps: list[Step] = [self._connect("a"), self._connect("b")]
            steps += [Send("a", data) for data in (*before, *batch)]
            steps += [Send("b", batch[0]), Wait(11.0), Send("a", batch[-1])]
            yield tuple(steps)
            before = batch[-2:]

    def _plain_waits(self) -> Iterator[Script]:
        """Each message before a wait of its own, since the next one may cancel the alarm that it sets; then
        all messages from both clients before one wait."""
        messages = islice(
            self._messages.simple(), _MOST_AWAITED if "on_alarm" in self._ground.handlers else 0
        )
        both = (self._connect("a"), self._connect("b"))
        while batch := list(islice(messages, _PER_SCRIPT)):
            yield (*both, *(step for data in batch for step in (Send("a", data), Wait(71.0))))
            yield (*both, *(Send(client, data) for data in batch for client in "ab"), Wait(301.0))

    def _plain_races(self) -> Iterator[Script]:
        pairs = self._messages.racing()
        while batch := list(islice(pairs, _PER_SCRIPT)):
            races = (Burst((("a", first), ("b", second))) for first, second in batch)
            yield (self._connect("a"), self._connect("b"), *self._twin(), *races)

    def _twin(self) -> list[Step]:
        """A second socket with the id of client a, where that is fair."""
        return [Connect(_SHARED, f"{self._ground.path}/room?_pk=a")] if self._ground.shares_ids else []

    def _plain_pairs(self) -> Iterator[Script]:
        pairs = self._messages.following()
        while batch := list(islice(pairs, _PER_SCRIPT)):
            sends = (Send(*send) for first, second in batch for send in (("a", first), ("b", second)))
            yield (self._connect("a"), self._connect("b"), *sends)

    def _plain_sequences(self) -> Iterator[Script]:
        for messages in self._messages.after_all():
            yield (self._connect("a"), self._connect("b"), *(Send("a", data) for data in messages))

    def _plain_turns(self) -> Iterator[Script]:
        """Two clients open a game and move by turns."""
        orders = self._orders[:_MOST_TURNS]
        for beginning, move in product(orders, orders):
            moves = zip(cycle("ab"), self._messages.rising(move, 4) + [move] * 4)
            yield (
                self._connect("a"),
                self._connect("b"),
                *(Send(client, beginning) for client in "ab"),
                *(Send(client, said) for client, said in moves),
            )

    def _plain_visits(self) -> Iterator[Script]:
        requests = self._plain_requests()
        spoken = (
            cycle(each for order in self._orders for each in (order, None)) if self._orders else repeat(None)
        )
        while wanted := list(islice(requests, _PER_SCRIPT)):
            said = next(spoken)
            before = [] if said is None else [Send("a", said)]
            # After the wait a hibernating instance was dropped: what do the same requests find then?
            yield (self._connect("a"), *before, *wanted, Wait(11.0), *wanted[:2])

    def _comings_and_goings(self) -> Script:
        hello = self._messages.word()
        return (
            *(self._connect(client) for client in CLIENTS),
            Burst(tuple((client, hello) for client in CLIENTS)),
            Close("a", 4_001, "bye"),
            Send("b", "a"),
            self._connect("a"),
            Drop("b"),
            Send("a", "b"),
            Raw("c", _BROKEN[0]),
            Wait(71.0),
            Send("a", hello),
            Close("a"),
            self._connect("b"),
        )

    def _plain_requests(self) -> Iterator[Step]:
        if not self._ground.handlers & {"on_request", "on_fetch", "on_before_request"}:
            yield Http("GET", f"{self._ground.path}/room")
            return
        vocabulary = self._ground.vocabulary
        for cron in self._ground.crons:
            yield Http("GET", f"/__scheduled__?cron={quote(cron)}")
        for path in vocabulary.paths:
            yield Http("GET", f"{self._ground.path}/room{quote(path, safe='/?=&')}")
            yield Http("GET", quote(path, safe="/?=&"))
        for method in vocabulary.methods:
            yield from self._asked_by(method, self._messages.bodies())
        yield from self._requests_with(("x", *vocabulary.compared[:30]))
        for method in METHODS:
            if method not in vocabulary.methods:
                yield from self._asked_by(method, (self._messages.body(),))
        yield from self._requests_with(vocabulary.words[:30])
        for data in self._messages.simple():
            body = data.encode(errors="replace") if isinstance(data, str) else data
            yield Http(
                vocabulary.methods[0] if vocabulary.methods else "POST",
                f"{self._ground.path}/room",
                body=body,
            )

    def _asked_by(self, method: str, bodies: Iterable[bytes]) -> Iterator[Step]:
        for body in (b"", *bodies):
            yield Http(method, f"{self._ground.path}/room", body=body)

    def _requests_with(self, words: Sequence[str]) -> Iterator[Step]:
        """Each word in every known header and query parameter."""
        for word in words:
            for header in self._ground.vocabulary.headers:
                yield Http("GET", f"{self._ground.path}/room", _headers((header, word)))
            for query in self._ground.vocabulary.queries:
                yield Http("GET", f"{self._ground.path}/room?{quote(query)}={quote(word)}")

    def _plain_connects(self) -> Iterator[Script]:
        vocabulary = self._ground.vocabulary
        words = ("x", *vocabulary.compared, *vocabulary.words)[:30]
        steps: list[Step] = [Connect("a", f"{self._ground.path}/room?_pk={odd}") for odd in _ODD_IDS]
        if "on_socket" in self._ground.handlers:
            steps += [Connect("a", path) for path in ("/x", *(quote(path) for path in vocabulary.paths))]
        for query in vocabulary.queries:
            steps += [
                Connect("a", f"{self._ground.path}/room?_pk=a&{quote(query)}={quote(w)}") for w in words
            ]
        for header in vocabulary.headers:
            steps += [Connect("a", f"{self._ground.path}/room?_pk=a", _headers((header, w))) for w in words]
        for word in words:
            steps.append(Connect("a", f"{self._ground.path}/{quote(word, safe='') or 'x'}?_pk=a"))
            steps.append(Connect("a", f"{self._ground.path}/room?_pk={quote(word, safe='') or 'x'}"))
        for start in range(0, len(steps), _PER_SCRIPT):
            script: list[Step] = [self._connect("b")]
            for step in steps[start : start + _PER_SCRIPT]:
                script += [step, Send("a", self._messages.message()), Close("a")]
            yield tuple(script)

    # Random scripts

    def _fresh(self) -> Script:
        clients = CLIENTS[: self._chance.choice((1, 2, 2, 3))]
        query, headers = self._query("&"), self._some_headers()  # shared: what admits one client admits all
        steps: list[Step] = [
            Connect(client, f"{self._ground.path}/room?_pk={client}{query}", headers) for client in clients
        ]
        for _ in range(self._chance.randint(5, 18)):
            steps += self._some_steps()
        return tuple(steps)

    def _changed(self, script: Script) -> Script:
        steps = list(script)
        for _ in range(self._chance.randint(1, 5)):
            place = self._chance.randint(0, len(steps))
            match self._chance.randrange(6):
                case 0 | 1:
                    steps[place:place] = self._some_steps()
                case 2 if len(steps) > 1:
                    del steps[min(place, len(steps) - 1)]
                case 3 if place < len(steps):
                    steps.insert(place, steps[place])
                case 4 if place < len(steps):
                    steps[place] = self._with_other_data(steps[place])
                case _:
                    steps += self._some_steps()
        return tuple(steps)

    def _with_other_data(self, step: Step) -> Step:
        match step:
            case Send(client, data):
                changed = self._messages.changed(data) if self._chance.random() < 0.5 else None
                return Send(client, self._messages.message() if changed is None else changed)
            case Burst(sends):
                return Burst(tuple((client, self._messages.message()) for client, _ in sends))
            case Http(body=body) if body:
                return replace(step, body=self._messages.body())
            case Http():
                return self._request()
            case Connect(client):
                return self._any_connect(client)
        return step

    def _weighted_actions(self) -> tuple[list[str], list[float]]:
        handlers = self._ground.handlers
        asks = bool(handlers & {"on_request", "on_fetch", "on_before_request"})
        listens = bool(handlers & {"on_message", "on_connect", "on_socket"})
        weights = {
            "send": 9 if listens else 1,
            "race": 4 if listens else 0.3,
            "repeat": 1.5,
            "leave": 1.6,
            "return": 2,
            "connect": 1.2,
            "request": 6 if asks else 0.3,
            "order": 4 if listens else 0.3,
            "turns": 1.5 if listens else 0.1,
            "everybody": 1.5 if listens else 0.1,
            "wait": 3 if "on_alarm" in handlers else 1.5,
            "break": 0.6 if "on_error" in handlers else 0.15,
            "cron": 0.6 if self._ground.crons else 0,
        }
        return list(weights), list(weights.values())

    def _some_steps(self) -> list[Step]:
        client = self._client()
        match self._chance.choices(self._actions, self._weights)[0]:
            case "send":
                return [Send(client, self._messages.message())]
            case "order":
                return [Send(client, self._order())]
            case "race":
                sends = [
                    (self._client(), self._messages.message()) for _ in range(self._chance.randint(2, 4))
                ]
                return [Burst(tuple(sends))]
            case "repeat":
                data = self._messages.message()
                return [Burst(((client, data),) * self._chance.choice((2, 3, 4, 6, 11)))]
            case "turns":
                return self._turns()
            case "everybody":
                return self._everybody()
            case "leave":
                return [self._leaving(client)]
            case "return":
                return [self._leaving(client), self._any_connect(client)]
            case "connect":
                return [self._any_connect(self._chance.choice((*CLIENTS, _SHARED)))]
            case "request":
                return [self._request()]
            case "wait":
                return [Wait(self._waiting())]
            case "break":
                return [Raw(client, self._chance.choice(_BROKEN))]
            case _:
                return [Http("GET", f"/__scheduled__?cron={quote(self._chance.choice(self._ground.crons))}")]

    def _turns(self) -> list[Step]:
        """Two clients open a game, then repeat one move by turns, or outbid each other."""
        beginning, move = self._order(), self._order()
        steps: list[Step] = [Send(client, beginning) for client in "ab"]
        count = 2 * self._chance.choice((2, 4, 7))
        moves = self._messages.rising(move, count) if self._chance.random() < 0.5 else [move] * count
        return steps + [Send(client, said) for client, said in zip(cycle("ab"), moves)]

    def _everybody(self) -> list[Step]:
        """All clients send the same message; sometimes time passes after it."""
        said = self._order()
        steps: list[Step] = [Send(client, said) for client in "ab"]
        return [*steps, Wait(self._waiting())] if self._chance.random() < 0.4 else steps

    def _order(self) -> Data:
        """A message that is likely to be understood."""
        if self._orders and self._chance.random() < 0.7:
            return self._chance.choice(self._orders)
        return self._messages.message()

    def _client(self) -> str:
        return self._chance.choices(CLIENTS, (5, 4, 1))[0]

    def _leaving(self, client: str) -> Step:
        return self._chance.choice(
            (Close(client), Close(client, 1_000), Close(client, 4_001, "bye"), Drop(client), Drop(client))
        )

    def _waiting(self) -> float:
        numbers = [number for number in self._ground.vocabulary.numbers if 0 < number <= 10_000_000]
        if numbers and self._chance.random() < 0.4:
            number = self._chance.choice(numbers)
            return round(self._chance.choice((number, number + 1, number / 1_000, number * 0.9 / 1_000)), 3)
        return self._chance.choice(_WAITS)

    # Paths and headers

    def _connect(self, client: str) -> Connect:
        return Connect(client, f"{self._ground.path}/room?_pk={client}")

    def _any_connect(self, client: str) -> Connect:
        vocabulary, chance = self._ground.vocabulary, self._chance
        if "on_socket" in self._ground.handlers and chance.random() < 0.3:
            return Connect(client, quote(chance.choice([*vocabulary.paths, "/x"])))
        own_id = client[0]
        if client != _SHARED and chance.random() < 0.1:
            own_id = chance.choice((quote(self._messages.word(), safe=""), chance.choice(_ODD_IDS)))
        path = f"{self._room()}?_pk={own_id}{self._query('&')}"
        return Connect(client, path, self._some_headers())

    def _room(self) -> str:
        room = "room" if self._chance.random() < 0.85 else quote(self._messages.word(), safe="") or "other"
        sub = quote(self._chance.choice([*self._ground.vocabulary.paths, "/sub"]), safe="/")
        return f"{self._ground.path}/{room}{sub if self._chance.random() < 0.1 else ''}"

    def _query(self, before: str) -> str:
        names = self._ground.vocabulary.queries or ("q",)
        if self._chance.random() < (0.6 if self._ground.vocabulary.queries else 0.1):
            return f"{before}{quote(self._chance.choice(names))}={quote(self._messages.word(), safe='')}"
        return ""

    def _some_headers(self) -> Headers:
        names = self._ground.vocabulary.headers
        if names and self._chance.random() < 0.6:
            return _headers((self._chance.choice(names), self._messages.word()))
        return ()

    def _request(self) -> Http:
        vocabulary, chance = self._ground.vocabulary, self._chance
        method = chance.choice([*vocabulary.methods * 2, "GET", "POST", chance.choice(METHODS)])
        bare = "on_fetch" in self._ground.handlers and chance.random() < 0.5
        path = quote(chance.choice([*vocabulary.paths, "/x"]), safe="/") if bare else self._room()
        if not bare and vocabulary.paths and chance.random() < 0.5:
            path = f"{self._ground.path}/room{quote(chance.choice(vocabulary.paths), safe='/')}"
        body = b"" if method in ("GET", "HEAD") and chance.random() < 0.9 else self._messages.body()
        return Http(method, path + self._query("?"), self._some_headers(), body)


def _in_turn(waiting: list[Iterator[Script]]) -> Iterator[Script]:
    """One script of each iterator by turns, until all are exhausted."""
    while waiting:
        scripts = waiting.pop(0)
        if (script := next(scripts, None)) is not None:
            yield script
            waiting.append(scripts)


def _headers(*pairs: tuple[str, str]) -> Headers:
    """The pairs that are valid HTTP headers."""
    return tuple(
        (name, value.strip())
        for name, value in pairs
        if name.isascii() and value.isascii() and value.isprintable() and name.replace("-", "").isalnum()
    )


def shares_ids(hibernates: bool, vocabulary: Vocabulary) -> bool:
    """Whether traffic may have two sockets with one id at a time. In a hibernating party it may not: there
    `room.connections` counts both after the migration, and the codemod reports that."""
    return not (hibernates and vocabulary.reads_connections)


def clients_in(steps: Sequence[Step]) -> tuple[str, ...]:
    """The names of the clients that connect."""
    return tuple(dict.fromkeys(step.client for step in steps if isinstance(step, Connect)))
