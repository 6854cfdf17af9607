"""Messages that a module's handlers are likely to understand, and some that they are not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, permutations
from typing import Any

from pkcompat.traffic import Data
from pkcompat.verify.text_patterns import Shape
from pkcompat.verify.words import Vocabulary

_ODD: tuple[Data, ...] = (
    "",
    " ",
    "null",
    "[]",
    "{}",
    "{",
    "-1",
    "1e400",
    "ü🎉",
    b"",
    b"\x00\xff",
    "x" * 3_000,
)
_NUMBERS = (0, 1, 50, 300)
_COUNTS = ("1", "3")
_MOST_HEADS = 20
_MOST_CHOICES = 6
_MOST_ORDERS = 12
_LAST_NUMBER = re.compile(r"\d{1,9}\Z", re.ASCII)
_USUAL: dict[str, Any] = {"list": ["a", "b"], "int": 1, "float": 1.5, "dict": {"a": 1}, "bool": True}
_LIST_OPTIONS = ("prefix", "start", "startAfter", "start_after", "end", "limit", "reverse")


@dataclass(frozen=True, slots=True)
class _Order:
    """A message shape whose first part names an action.

    Attributes:
        do: makes the message for an action, with an object and a value.
        ask: makes the message without a value.
    """

    do: Callable[[str], Data]
    ask: Callable[[str], Data]


def _order_in_array(value: Any) -> _Order:
    return _Order(lambda head: json.dumps([head, "k1", value]), lambda head: json.dumps([head, "k1"]))


def _order_in_object(telling: str, keys: Sequence[str]) -> _Order:
    rest = dict.fromkeys(keys, "k1")
    return _Order(
        lambda head: json.dumps({**rest, telling: head}), lambda head: json.dumps({**rest, telling: head})
    )


def _order_in_words(separator: str) -> _Order:
    return _Order(lambda head: separator.join((head, "k1", "v")), lambda head: separator.join((head, "k1")))


class MessageMaker:
    """Makes messages out of a vocabulary.

    The messages of one script mention few things, so that one finds what another left behind; `focus` chooses
    which.

    Args:
        vocabulary: what the module understands.
        names: words that mean something in the traffic, such as the ids of connections.
        chance: the source of all random choices.
    """

    def __init__(self, vocabulary: Vocabulary, names: Sequence[str], chance: random.Random) -> None:
        self._vocabulary = vocabulary
        self._names = tuple(names)
        self._chance = chance
        self._all_heads = vocabulary.compared or vocabulary.words  # what a message may begin with
        self._heads = self._all_heads  # those of the current focus
        self._numbers = tuple(dict.fromkeys([*_around(vocabulary.numbers), *_NUMBERS]))
        self._numeric = 0.7 if vocabulary.reads_numbers else 0.5  # below this a part is a number
        self._kinds = self._weighted_kinds()
        self._things: list[str] = []  # the words of the current focus
        self._arguments: list[tuple[str, Any]] = []  # pairs of a word and a value, for JSON arrays
        self._usual: dict[str, Any] = {}  # the value that a JSON key has most of the time
        self.focus()

    def focus(self) -> None:
        """Choose the few words and actions that the next messages use."""
        pool = [*self._vocabulary.words, *self._names, "k1", "k2", "ab"]
        self._things = self._chance.sample(pool, min(3, len(pool))) + list(self._names[:2])
        self._arguments = [
            (self._chance.choice(self._things), self._rich_value())
            for _ in range(self._chance.choice((1, 1, 2)))
        ]
        self._usual = {key: self._usual_value(key) for key in self._vocabulary.keys}
        few = self._chance.choice((2, 3, 4, len(self._all_heads)))  # with all of them, one undoes another
        self._heads = tuple(self._chance.sample(self._all_heads, min(few, len(self._all_heads))))

    def _usual_value(self, key: str) -> Any:
        """The value that a key has most of the time, of the type that handlers check for, if they do.

        Keys share words: what one key names is in another key's list.
        """
        first, second, *_ = self._things
        by_kind: dict[str, Any] = {
            **_USUAL,
            "int": self._chance.choice((1, 1, 3)),
            "str": first,
            "list": [first, second],
            "dict": {first: 1},
        }
        known = [by_kind[kind] for kind in self._vocabulary.kinds_of(key) if kind in by_kind]
        if known:
            return self._chance.choice(known)
        if self._chance.random() < 0.5:
            return first
        return self._value(key)

    def _rich_value(self) -> Any:
        thing = self._chance.choice(self._things)
        values: tuple[Any, ...] = (
            thing,
            7,
            [thing, "ü", 1],
            {thing: 1, "é": [thing]},
            [],
            {"prefix": thing[:1]},
        )
        return self._chance.choice(values)

    def simple(self) -> Iterator[Data]:
        """At least one message for each entry of the vocabulary; no randomness."""
        vocabulary = self._vocabulary
        if vocabulary.reads_json:
            yield from map(json.dumps, self._whole_objects())
        yield from vocabulary.compared
        for prefix in vocabulary.prefixes:
            yield prefix
            yield prefix + "x"
            if vocabulary.reads_numbers:
                yield from (prefix + number for number in _COUNTS)
        yield from self._shaped()
        yield from self._chosen()
        yield from self._matching()
        for separator in vocabulary.separators:
            for head in (*self._all_heads, *self._names[:1])[:40]:
                yield f"{head}{separator}{self._names[0]}"
                yield f"{head}{separator}1"
                if vocabulary.reads_numbers:
                    yield f"{head}{separator}{_COUNTS[-1]}"
        if vocabulary.reads_json:
            yield from (json.dumps(value) for value in self._simple_values())
        yield from [word for word in vocabulary.words if word not in vocabulary.compared][:60]
        yield from self._names
        yield from map(_shown, self._numbers[:40])
        for number in vocabulary.numbers:
            if number == int(number) and 0 < number < 5_000:
                yield from ("m" * (int(number) + more) for more in (-1, 0, 1))
        yield from _ODD

    def _shaped(self) -> Iterator[str]:
        """Messages with as many parts as handlers look for; numbers or names in the free places."""
        vocabulary = self._vocabulary
        split = [
            (head, *[None] * (arity - 1))
            for arity in vocabulary.arities
            for head in self._all_heads[:_MOST_HEADS]
        ]
        for separator in vocabulary.separators:
            for shape in (*vocabulary.shapes, *split):
                for usual in (_COUNTS[-1], self._names[0]):
                    yield separator.join(usual if part is None else part for part in shape)

    def _matching(self) -> Iterator[str]:
        """Texts that the module's regular expressions match, with an action in the first free place."""
        for shape in self._vocabulary.patterns[:_MOST_HEADS]:
            if shape.count(None) > 1:
                for head in self._all_heads[:_MOST_HEADS]:
                    yield from (_filled(shape, (head, rest)) for rest in (self._names[0], _COUNTS[-1]))
            yield from (
                _filled(shape, (head,)) for head in (*self._names[:1], *self._all_heads[:_MOST_HEADS])
            )

    def _chosen(self) -> Iterator[str]:
        """Messages of an action, one of the choices, and numbers."""
        separators = tuple(dict.fromkeys((*self._vocabulary.separators[:2], " ")))
        nested = [(outer, inner.join(reversed(_COUNTS))) for outer, inner in permutations(separators, 2)]
        heads = [head for head in self._all_heads if head not in self._vocabulary.choices][:_MOST_CHOICES]
        if self._vocabulary.reads_numbers and len(self._vocabulary.separators) > 1:
            yield from (outer.join((head, number)) for head in heads for outer, number in nested)
        for choice in self._vocabulary.choices[:_MOST_CHOICES]:
            for head in heads:
                for separator, number in (*nested, *((each, _COUNTS[-1]) for each in separators)):
                    yield separator.join((head, choice, number))

    def _simple_values(self) -> Iterator[Any]:
        vocabulary = self._vocabulary
        for key in vocabulary.keys[:_MOST_HEADS]:
            yield {key: (*vocabulary.values_of(key), self._of_kind(key))[0]}
        yield from vocabulary.compared[:_MOST_HEADS]
        yield self._object(1.0)
        for key, values in vocabulary.values:
            for value in values:
                yield {key: value}
                yield {**self._object(1.0), key: value}
        for key in vocabulary.keys:
            yield {other: self._value(other) for other in vocabulary.keys if other != key}
        for shape in vocabulary.shapes:
            for usual in (3, self._names[0]):
                yield [usual if part is None else part for part in shape]
        for head in self._all_heads[:40]:
            yield [head, self._names[0]]
            yield [head, "k1", 1]
            yield [head]

    def _whole_objects(self) -> Iterator[Any]:
        """Objects with every key; unknown values are numbers in the first, texts in the next, then lists."""
        for usual in (1, self._names[0], [self._names[0]]) if self._vocabulary.keys else ():
            yield {key: (*self._vocabulary.values_of(key), usual)[0] for key in self._vocabulary.keys}
        if self._vocabulary.kinds:
            for key, values in self._vocabulary.values:
                for value in values[:_MOST_HEADS]:
                    yield {**{other: self._of_kind(other) for other in self._vocabulary.keys}, key: value}

    def _of_kind(self, key: str) -> Any:
        """A value of the type that handlers check a key's value for; a text by default."""
        kinds = self._vocabulary.kinds_of(key)
        return next((_USUAL[kind] for kind in kinds if kind in _USUAL), self._names[0])

    def bodies(self) -> Iterator[bytes]:
        """Bodies to send with every HTTP method."""
        if self._vocabulary.reads_json:
            yield from (json.dumps(value).encode() for value in self._whole_objects())
        yield self.body()
        yield self._names[0].encode()

    def orders(self) -> tuple[Data, ...]:
        """Messages that are likely to be understood, a few of each kind; no randomness."""
        vocabulary = self._vocabulary
        said = [*islice(self._shaped(), _MOST_ORDERS)]
        said += [
            prefix + rest for prefix in vocabulary.prefixes[:_MOST_CHOICES] for rest in ("1", self._names[0])
        ]
        if vocabulary.reads_json:
            said += map(json.dumps, reversed([*self._whole_objects()][-_MOST_ORDERS:]))
            said += map(json.dumps, islice(self._simple_values(), _MOST_ORDERS))
        said += islice(self._matching(), _MOST_ORDERS)
        if not said:
            for separator in vocabulary.separators[:1]:
                said += [f"{head}{separator}{_COUNTS[-1]}" for head in self._all_heads[:_MOST_CHOICES]]
        return tuple(dict.fromkeys((*said, *self._all_heads[:_MOST_ORDERS])))

    def rising(self, data: Data, count: int) -> list[Data]:
        """A message repeated; a number at its end rises."""
        if isinstance(data, bytes) or not (digits := _LAST_NUMBER.search(data)):
            return [data] * count
        first = int(digits[0])
        return [f"{data[: digits.start()]}{first + 10 * step}" for step in range(count)]

    def racing(self) -> Iterator[tuple[Data, Data]]:
        """Pairs of messages whose handlers may end in the opposite order, such as delays."""
        for separator in self._vocabulary.separators:
            for head in (*self._all_heads[:10], *self._names[:1]):
                yield f"{head}{separator}300", f"{head}{separator}1"

    def following(self) -> Iterator[tuple[Data, Data]]:
        """Pairs of messages of which the second may read what the first wrote."""
        for order in self._orders():
            for first in self._all_heads[:10]:
                for second in self._all_heads[:10]:
                    yield order.do(first), order.ask(second)

    def after_all(self) -> Iterator[tuple[Data, ...]]:
        """All actions, then one query, then all queries.

        Actions go in the reverse order of the source, which tends to have what creates something before what
        removes it; in source order the last action would undo the others.
        """
        heads = self._all_heads[:10]
        for order in self._orders():
            for head in heads:
                yield (*map(order.do, reversed(heads)), order.ask(head), *map(order.ask, heads))

    def _orders(self) -> Iterator[_Order]:
        """The shapes in which a message may name an action and its object."""
        vocabulary = self._vocabulary
        if vocabulary.reads_json:
            yield from (_order_in_array(value) for value in (["v", "ü"], {"v": "ü"}))
            telling = max(vocabulary.keys, key=lambda key: len(vocabulary.values_of(key)), default="")
            if len(vocabulary.values_of(telling)) > 1:
                yield _order_in_object(telling, vocabulary.keys)
        yield from map(_order_in_words, vocabulary.separators[:2])

    def message(self) -> Data:
        """Any message."""
        (make,) = self._chance.choices(*self._kinds)
        return make()

    def body(self) -> bytes:
        """Any body of a request."""
        data = self._chance.choice(self._names) if self._chance.random() < 0.2 else self.message()
        return data.encode(errors="replace") if isinstance(data, str) else data

    def changed(self, data: Data) -> Data:
        """A message that differs from another one in one part; any message if that has no known parts."""
        if isinstance(data, bytes):
            return self.message()
        with suppress(ValueError, RecursionError):
            value = json.loads(data)
            if isinstance(value, dict) and value:
                key = self._chance.choice(list(value))
                return json.dumps({**value, key: self._value(key)})
            if isinstance(value, list) and value:
                value[self._chance.randrange(len(value))] = self._value("")
                return json.dumps(value)
        separators = [
            separator for separator in self._vocabulary.separators if separator and separator in data
        ]
        if not separators:
            return self.message()
        separator = self._chance.choice(separators)
        parts = data.split(separator)
        if self._chance.random() < 0.3:
            parts.append(self._part())
        else:
            parts[self._chance.randrange(len(parts))] = self._part()
        return separator.join(parts)

    def word(self) -> str:
        """A word of the current focus, or one that the module may know."""
        pools = [self._things, self._heads or self._things, self._vocabulary.words or self._things]
        if self._numbers and self._chance.random() < 0.15:
            return _shown(self._chance.choice(self._numbers))
        return self._chance.choice(self._chance.choices(pools, (4, 3, 1))[0])

    def _weighted_kinds(self) -> tuple[list[Callable[[], Data]], list[float]]:
        vocabulary = self._vocabulary
        kinds: list[tuple[Callable[[], Data], float]] = [
            (self.word, 4),
            (self._odd, 0.7),
            (lambda: self.word().encode(), 0.5),
            (self._joined, 6 if vocabulary.separators else 0.3),
            (self._prefixed, 4 if vocabulary.prefixes else 0),
            (self._matched, 6 if vocabulary.patterns else 0),
            (self._json_object, 7 if vocabulary.reads_json and vocabulary.keys else 0.2),
            (self._json_array, (4 if vocabulary.keys else 12) if vocabulary.reads_json else 0.2),
            (self._sized, 0.7 if vocabulary.numbers else 0.1),
        ]
        return [make for make, _ in kinds], [weight for _, weight in kinds]

    def _odd(self) -> Data:
        return self._chance.choice(_ODD)

    def _joined(self) -> str:
        separators = self._vocabulary.separators or (" ",)
        counts = [arity - 1 for arity in self._vocabulary.arities] * 2 + [1, 1, 2, 3]
        parts = [self._head(), *(self._part() for _ in range(self._chance.choice(counts)))]
        return self._chance.choice(separators).join(parts)

    def _part(self) -> str:
        separators, kind = self._vocabulary.separators, self._chance.random()
        if kind < 0.1 and len(separators) > 1:
            return self._chance.choice(separators[1:]).join((self._part(), self._part()))
        if kind < 0.25 and self._vocabulary.choices:
            return self._chance.choice(self._vocabulary.choices)
        return _shown(self._chance.choice(self._numbers)) if kind < self._numeric else self.word()

    def _prefixed(self) -> str:
        rest = self._part() if self._vocabulary.reads_numbers else self.word()
        return self._chance.choice(self._vocabulary.prefixes) + rest

    def _matched(self) -> str:
        shape = self._chance.choice(self._vocabulary.patterns)
        return _filled(shape, (self._head(), *(self._part() for _ in shape)))

    def _sized(self) -> str:
        whole = [int(number) for number in self._vocabulary.numbers if 0 < number < 5_000]
        return "m" * max(0, (self._chance.choice(whole) if whole else 20) + self._chance.randint(-1, 1))

    def _json_object(self) -> str:
        return json.dumps(self._object(self._chance.choice((1.0, 1.0, 0.6, 0.3))))

    def _json_array(self) -> str:
        if self._chance.random() < 0.2:
            return json.dumps([self._value("") for _ in range(self._chance.randint(0, 3))])
        if self._chance.random() < 0.7:  # with the focus's words: one message reads what another wrote
            thing, value = self._chance.choice(self._arguments)
            rests = ([thing], [thing, value], [thing, value], [value], [[thing]], [{thing: value}])
            return json.dumps([self._head(), *self._chance.choice(rests)])
        return json.dumps([self._head(), *(self._value("") for _ in range(self._chance.randint(0, 2)))])

    def _head(self) -> str:
        return self._chance.choice(self._heads) if self._heads else self.word()

    def _object(self, share: float) -> dict[str, Any]:
        keys = [key for key in self._vocabulary.keys if self._chance.random() < share]
        return {
            key: self._usual[key]
            if not self._vocabulary.values_of(key) and self._chance.random() < 0.6
            else self._value(key)
            for key in keys[:12]
        }

    def _value(self, key: str) -> Any:
        values = self._vocabulary.values_of(key)
        if values and self._chance.random() < 0.8:
            return self._chance.choice(values)
        kind = self._chance.random()
        if kind < 0.5:
            return self.word()
        if kind < 0.7:
            return self._chance.choice(self._numbers)
        if kind < 0.8:
            return self._chance.choice([None, True, False, "", 1.5])
        if kind < 0.9:
            return [self.word() for _ in range(self._chance.randint(0, 3))]
        return {self.word(): self.word() for _ in range(self._chance.randint(0, 2))} or {
            self._chance.choice(_LIST_OPTIONS): self.word()
        }


def _filled(shape: Shape, fillings: Sequence[str]) -> str:
    """A text of a shape, with its free places filled in order; the last filling repeats."""
    rest = list(fillings)
    return "".join(
        part if part is not None else (rest.pop(0) if len(rest) > 1 else rest[0]) for part in shape
    )


def _around(numbers: Sequence[float]) -> tuple[float, ...]:
    """Numbers, each with its two neighbours."""
    return tuple(dict.fromkeys(near for number in numbers for near in (number, number + 1, number - 1)))


def _shown(number: float) -> str:
    return str(int(number)) if number == number // 1 else str(number)
