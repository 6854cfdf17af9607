"""Scripts that go through a vocabulary systematically, which the explorer plays first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice, product, repeat
from urllib.parse import quote

from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Http, Raw, Send, Step, Wait
from pkcompat.verify.ground import BROKEN_FRAMES, CLIENTS, ODD_IDS, TWIN, Ground, Script, http_headers
from pkcompat.verify.messages import MessageMaker
from pkcompat.verify.plain_messages import PlainMessages, rising
from pkcompat.verify.vocabulary import METHODS

_CROWD = "abcdefgh"
_PER_SCRIPT = 8
_PER_PREPARATION = 4
_MOST_TURNS = 8  # opening messages, and as many moves
_MOST_AWAITED = 160  # messages


class PlainScripts:
    """Makes scripts out of plain messages.

    Args:
        ground: what is known about the party.
        messages: makes the few messages that are random.
        plain: makes the others.
        orders: messages that are likely to be understood.
    """

    def __init__(
        self, ground: Ground, messages: MessageMaker, plain: PlainMessages, orders: Sequence[Data]
    ) -> None:
        self._ground = ground
        self._messages = messages
        self._plain = plain
        self._orders = orders

    def scripts(self) -> Iterator[Script]:
        """Messages, requests and connections by turns, so that a small budget covers some of each."""
        yield self._comings_and_goings()
        talks = [
            self._batches(),
            self._waits(),
            self._races(),
            self._pairs(),
            self._sequences(),
            self._gatherings(),
        ]
        visits = [self._visits(), self._connects()]
        if "on_message" in self._ground.handlers:
            waiting = [talks[0], *visits, *talks[1:]]
        elif self._ground.handlers & {"on_connect", "on_socket"}:  # there may be listeners
            waiting = [*visits, *talks]
        else:
            waiting = [*visits, islice(talks[0], 1)]
        yield from _in_turn(waiting)

    def _comings_and_goings(self) -> Script:
        hello = self._messages.word()
        return (
            *(self._ground.connect(client) for client in CLIENTS),
            Burst(tuple((client, hello) for client in CLIENTS)),
            Close("a", 4_001, "bye"),
            Send("b", "a"),
            self._ground.connect("a"),
            Drop("b"),
            Send("a", "b"),
            Raw("c", BROKEN_FRAMES[0]),
            Wait(71.0),
            Send("a", hello),
            Close("a"),
            self._ground.connect("b"),
        )

    def _batches(self) -> Iterator[Script]:
        messages = self._plain.simple()
        before: list[Data] = []  # the end of the last batch, which the first of this one may build on
        while batch := list(islice(messages, _PER_SCRIPT)):
            steps: list[Step] = [self._ground.connect("a"), self._ground.connect("b")]
            steps += [Send("a", data) for data in (*before, *batch)]
            steps += [Send("b", batch[0]), Wait(11.0), Send("a", batch[-1])]
            yield tuple(steps)
            before = batch[-2:]

    def _waits(self) -> Iterator[Script]:
        """Each message before a wait of its own, since the next one may cancel the alarm that it sets; then
        all messages from both clients before one wait."""
        messages = islice(self._plain.simple(), _MOST_AWAITED if "on_alarm" in self._ground.handlers else 0)
        both = (self._ground.connect("a"), self._ground.connect("b"))
        while batch := list(islice(messages, _PER_SCRIPT)):
            yield (*both, *(step for data in batch for step in (Send("a", data), Wait(71.0))))
            yield (*both, *(Send(client, data) for data in batch for client in "ab"), Wait(301.0))

    def _races(self) -> Iterator[Script]:
        pairs = self._plain.racing()
        while batch := list(islice(pairs, _PER_SCRIPT)):
            races = (Burst((("a", first), ("b", second))) for first, second in batch)
            yield (self._ground.connect("a"), self._ground.connect("b"), *self._twin(), *races)

    def _twin(self) -> list[Step]:
        """A second socket with the id of client a, where that is fair."""
        return [Connect(TWIN, f"{self._ground.path}/room?_pk=a")] if self._ground.shares_ids else []

    def _pairs(self) -> Iterator[Script]:
        pairs = self._plain.following()
        while batch := list(islice(pairs, _PER_SCRIPT)):
            sends = (Send(*send) for first, second in batch for send in (("a", first), ("b", second)))
            yield (self._ground.connect("a"), self._ground.connect("b"), *sends)

    def _sequences(self) -> Iterator[Script]:
        for messages in self._plain.after_all():
            yield (
                self._ground.connect("a"),
                self._ground.connect("b"),
                *(Send("a", data) for data in messages),
            )

    def _gatherings(self) -> Iterator[Script]:
        """Crowds, preparations and games, by turns."""
        return _in_turn([self._crowds(), self._preparations(), self._turns()])

    def _crowds(self) -> Iterator[Script]:
        """More clients than most parties admit: all send the same message, then leave in reverse order."""
        for order in self._orders:
            yield (
                *(self._ground.connect(client) for client in _CROWD),
                *(Send(client, order) for client in _CROWD),
                Wait(0.3),
                *(Close(client) for client in reversed(_CROWD)),
            )

    def _preparations(self) -> Iterator[Script]:
        """One client starts something; just before its deadline both act again; then the deadline passes."""
        if "on_alarm" not in self._ground.handlers:
            return
        times = [number for number in self._ground.vocabulary.numbers if 1_000 < number <= 3_600_000]
        nearly = round(max(times) * 0.9 / 1_000, 3) if times else 0.3
        orders = self._orders[:_MOST_TURNS]
        pairs = product(orders, orders)
        while batch := list(islice(pairs, _PER_PREPARATION)):
            steps: list[Step] = [self._ground.connect("a"), self._ground.connect("b")]
            for first, second in batch:
                said = rising(second, 3)[1:]
                steps += [Send("a", first), Wait(nearly), *map(Send, "ab", said), Wait(71.0)]
            yield tuple(steps)

    def _turns(self) -> Iterator[Script]:
        """Two clients open a game and move by turns."""
        orders = self._orders[:_MOST_TURNS]
        for beginning, move in product(orders, orders):
            moves = zip(cycle("ab"), rising(move, 4) + [move] * 4)
            yield (
                self._ground.connect("a"),
                self._ground.connect("b"),
                *(Send(client, beginning) for client in "ab"),
                *(Send(client, said) for client, said in moves),
            )

    def _visits(self) -> Iterator[Script]:
        requests = self._requests()
        spoken = (
            cycle(each for order in self._orders for each in (order, None)) if self._orders else repeat(None)
        )
        while wanted := list(islice(requests, _PER_SCRIPT)):
            said = next(spoken)
            before = [] if said is None else [Send("a", said)]
            # After the wait a hibernating instance was dropped: what do the same requests find then?
            yield (self._ground.connect("a"), *before, *wanted, Wait(11.0), *wanted[:2])

    def _requests(self) -> Iterator[Step]:
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
            yield from self._asked_by(method, self._plain.bodies())
        yield from self._requests_with(("x", *vocabulary.compared[:30]))
        for method in METHODS:
            if method not in vocabulary.methods:
                yield from self._asked_by(method, (self._messages.body(),))
        yield from self._requests_with(vocabulary.words[:30])
        for data in self._plain.simple():
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
                yield Http("GET", f"{self._ground.path}/room", http_headers((header, word)))
            for query in self._ground.vocabulary.queries:
                yield Http("GET", f"{self._ground.path}/room?{quote(query)}={quote(word)}")

    def _connects(self) -> Iterator[Script]:
        vocabulary = self._ground.vocabulary
        words = ("x", *vocabulary.compared, *vocabulary.words)[:30]
        steps: list[Step] = [Connect("a", f"{self._ground.path}/room?_pk={odd}") for odd in ODD_IDS]
        if "on_socket" in self._ground.handlers:
            steps += [Connect("a", path) for path in ("/x", *(quote(path) for path in vocabulary.paths))]
        for query in vocabulary.queries:
            steps += [
                Connect("a", f"{self._ground.path}/room?_pk=a&{quote(query)}={quote(w)}") for w in words
            ]
        for header in vocabulary.headers:
            steps += [
                Connect("a", f"{self._ground.path}/room?_pk=a", http_headers((header, w))) for w in words
            ]
        for word in words:
            steps.append(Connect("a", f"{self._ground.path}/{quote(word, safe='') or 'x'}?_pk=a"))
            steps.append(Connect("a", f"{self._ground.path}/room?_pk={quote(word, safe='') or 'x'}"))
        for start in range(0, len(steps), _PER_SCRIPT):
            script: list[Step] = [self._ground.connect("b")]
            for step in steps[start : start + _PER_SCRIPT]:
                script += [step, Send("a", self._messages.message()), Close("a")]
            yield tuple(script)


def _in_turn(waiting: list[Iterator[Script]]) -> Iterator[Script]:
    """One script of each iterator by turns, until all are exhausted."""
    while waiting:
        scripts = waiting.pop(0)
        if (script := next(scripts, None)) is not None:
            yield script
            waiting.append(scripts)
