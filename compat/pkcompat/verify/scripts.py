"""The explorer: generates scripts from a module's vocabulary, and from what was reached so far.

Home-made, though Hypothesis generates and shrinks as well: the scripts come from the party's own source, each
must be playable as it stands, and the lines that it reached decide which ones are varied further.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from urllib.parse import quote

from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Headers, Http, Raw, Send, Step, Wait, repaired
from pkcompat.verify.ground import BROKEN_FRAMES, CLIENTS, ODD_IDS, TWIN, Ground, Script, http_headers
from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.plain_messages import PlainMessages, rising
from pkcompat.verify.plain_scripts import PlainScripts
from pkcompat.verify.vocabulary import METHODS

_WAITS = (0.3, 1.0, 11.0, 71.0, 3_600.0)
_PLAIN_AT_FIRST = 30  # scripts; after these, every other one is random
_MOST_STEPS = 40


class Explorer:
    """Generates scripts, each a sequence of steps.

    The first ones go through the vocabulary systematically; later every other one is random, or a mutation of
    a script that reached something new.

    The same ground, seed and calls of `keep` give the same scripts.
    """

    def __init__(self, ground: Ground, seed: int = 0) -> None:
        self._ground = ground
        self._rng = random.Random(seed)
        self._messages = MessageMaker(ground.vocabulary, CLIENTS, self._rng)
        plain = PlainMessages(self._messages)
        self._orders = plain.orders()
        self._plain = PlainScripts(ground, self._messages, plain, self._orders).scripts()
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
        if self._kept and self._rng.random() < 0.5:
            # The latest one counts three times: what it reached leads on more often.
            made = self._changed(self._rng.choice(self._kept[-1:] * 2 + self._kept))
        else:
            made = self._fresh()
        return self.repaired(made)[:_MOST_STEPS] or self.repaired(self._fresh())

    def repaired(self, script: Script) -> Script:
        """A playable script that is fair to the party: two sockets share an id only where they may."""
        return repaired(script, shares_ids=self._ground.shares_ids)

    def keep(self, script: Script) -> None:
        """Record that a script reached something new, so that it is mutated."""
        self._kept.append(script)

    # Random scripts

    def _fresh(self) -> Script:
        clients = CLIENTS[: self._rng.choice((1, 2, 2, 3))]
        query, headers = self._query("&"), self._some_headers()  # shared: what admits one client admits all
        steps: list[Step] = [
            Connect(client, f"{self._ground.path}/room?_pk={client}{query}", headers) for client in clients
        ]
        for _ in range(self._rng.randint(5, 18)):
            steps += self._some_steps()
        return tuple(steps)

    def _changed(self, script: Script) -> Script:
        steps = list(script)
        for _ in range(self._rng.randint(1, 5)):
            place = self._rng.randint(0, len(steps))
            match self._rng.randrange(6):
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
                changed = self._messages.changed(data) if self._rng.random() < 0.5 else None
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
        match self._rng.choices(self._actions, self._weights)[0]:
            case "send":
                return [Send(client, self._messages.message())]
            case "order":
                return [Send(client, self._order())]
            case "race":
                sends = [(self._client(), self._messages.message()) for _ in range(self._rng.randint(2, 4))]
                return [Burst(tuple(sends))]
            case "repeat":
                data = self._messages.message()
                return [Burst(((client, data),) * self._rng.choice((2, 3, 4, 6, 11)))]
            case "turns":
                return self._turns()
            case "everybody":
                return self._everybody()
            case "leave":
                return [self._leaving(client)]
            case "return":
                return [self._leaving(client), self._any_connect(client)]
            case "connect":
                return [self._any_connect(self._rng.choice((*CLIENTS, TWIN)))]
            case "request":
                return [self._request()]
            case "wait":
                return [Wait(self._waiting())]
            case "break":
                return [Raw(client, self._rng.choice(BROKEN_FRAMES))]
            case _:
                return [Http("GET", f"/__scheduled__?cron={quote(self._rng.choice(self._ground.crons))}")]

    def _turns(self) -> list[Step]:
        """Two clients open a game, then repeat one move by turns, or outbid each other."""
        beginning, move = self._order(), self._order()
        steps: list[Step] = [Send(client, beginning) for client in "ab"]
        count = 2 * self._rng.choice((2, 4, 7))
        moves = rising(move, count) if self._rng.random() < 0.5 else [move] * count
        return steps + [Send(client, said) for client, said in zip(cycle("ab"), moves)]

    def _everybody(self) -> list[Step]:
        """All clients send the same message; sometimes time passes after it."""
        said = self._order()
        steps: list[Step] = [Send(client, said) for client in "ab"]
        return [*steps, Wait(self._waiting())] if self._rng.random() < 0.4 else steps

    def _order(self) -> Data:
        """A message that is likely to be understood."""
        if self._orders and self._rng.random() < 0.7:
            return self._rng.choice(self._orders)
        return self._messages.message()

    def _client(self) -> str:
        return self._rng.choices(CLIENTS, (5, 4, 1))[0]

    def _leaving(self, client: str) -> Step:
        return self._rng.choice(
            (Close(client), Close(client, 1_000), Close(client, 4_001, "bye"), Drop(client), Drop(client))
        )

    def _waiting(self) -> float:
        numbers = [number for number in self._ground.vocabulary.numbers if 0 < number <= 10_000_000]
        if numbers and self._rng.random() < 0.4:
            number = self._rng.choice(numbers)
            return round(self._rng.choice((number, number + 1, number / 1_000, number * 0.9 / 1_000)), 3)
        return self._rng.choice(_WAITS)

    # Paths and headers

    def _any_connect(self, client: str) -> Connect:
        vocabulary, rng = self._ground.vocabulary, self._rng
        if "on_socket" in self._ground.handlers and rng.random() < 0.3:
            return Connect(client, quote(rng.choice([*vocabulary.paths, "/x"])))
        own_id = client[0]
        if client != TWIN and rng.random() < 0.1:
            own_id = rng.choice((quote(self._messages.word(), safe=""), rng.choice(ODD_IDS)))
        path = f"{self._room()}?_pk={own_id}{self._query('&')}"
        return Connect(client, path, self._some_headers())

    def _room(self) -> str:
        room = "room" if self._rng.random() < 0.85 else quote(self._messages.word(), safe="") or "other"
        sub = quote(self._rng.choice([*self._ground.vocabulary.paths, "/sub"]), safe="/")
        return f"{self._ground.path}/{room}{sub if self._rng.random() < 0.1 else ''}"

    def _query(self, before: str) -> str:
        names = self._ground.vocabulary.queries or ("q",)
        if self._rng.random() < (0.6 if self._ground.vocabulary.queries else 0.1):
            return f"{before}{quote(self._rng.choice(names))}={quote(self._messages.word(), safe='')}"
        return ""

    def _some_headers(self) -> Headers:
        names = self._ground.vocabulary.headers
        if names and self._rng.random() < 0.6:
            return http_headers((self._rng.choice(names), self._messages.word()))
        return ()

    def _request(self) -> Http:
        vocabulary, rng = self._ground.vocabulary, self._rng
        method = rng.choice([*vocabulary.methods * 2, "GET", "POST", rng.choice(METHODS)])
        bare = "on_fetch" in self._ground.handlers and rng.random() < 0.5
        path = quote(rng.choice([*vocabulary.paths, "/x"]), safe="/") if bare else self._room()
        if not bare and vocabulary.paths and rng.random() < 0.5:
            path = f"{self._ground.path}/room{quote(rng.choice(vocabulary.paths), safe='/')}"
        body = b"" if method in ("GET", "HEAD") and rng.random() < 0.9 else self._messages.body()
        return Http(method, path + self._query("?"), self._some_headers(), body)


def clients_in(steps: Sequence[Step]) -> tuple[str, ...]:
    """The names of the clients that connect."""
    return tuple(dict.fromkeys(step.client for step in steps if isinstance(step, Connect)))
