"""Messages for every entry of a vocabulary: the systematic part of what the explorer sends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from typing import Any

from pkcompat.traffic import Data
from pkcompat.verify.messages import ODD, USUAL, MessageMaker, filled, shown

_COUNTS = ("1", "3")
_MOST_HEADS = 20
_MOST_CHOICES = 6
_MOST_ORDERS = 12
_LAST_NUMBER = re.compile(r"\d{1,9}\Z", re.ASCII)


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


class PlainMessages:
    """Messages that cover a vocabulary systematically.

    Args:
        maker: has the vocabulary, and makes the few parts that are random.
    """

    def __init__(self, maker: MessageMaker) -> None:
        self._maker = maker
        self._vocabulary = maker.vocabulary
        self._names = maker.names
        self._heads = maker.heads
        self._numbers = maker.numbers

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
            for head in (*self._heads, *self._names[:1])[:40]:
                yield f"{head}{separator}{self._names[0]}"
                yield f"{head}{separator}1"
                if vocabulary.reads_numbers:
                    yield f"{head}{separator}{_COUNTS[-1]}"
        if vocabulary.reads_json:
            yield from (json.dumps(value) for value in self._simple_values())
        yield from [word for word in vocabulary.words if word not in vocabulary.compared][:60]
        yield from self._names
        yield from self._near_misses()
        yield from map(shown, self._numbers[:40])
        for number in vocabulary.numbers:
            if number == int(number) and 0 < number < 5_000:
                yield from ("m" * (int(number) + more) for more in (-1, 0, 1))
        yield from ODD

    def _near_misses(self) -> Iterator[str]:
        """What is nearly a word that handlers look for: cut short, in another case, between blanks."""
        vocabulary = self._vocabulary
        for prefix in vocabulary.prefixes[:_MOST_HEADS]:
            yield from (f"{prefix[:-1]}x", f" {prefix}x", f"{prefix.swapcase()}x")
        for word in vocabulary.compared[:_MOST_HEADS]:
            yield from (word[:-1], word[1:], word.swapcase(), f" {word} ")

    def _shaped(self) -> Iterator[str]:
        """Messages with as many parts as handlers look for; numbers or names in the free places."""
        vocabulary = self._vocabulary
        split = [
            (head, *[None] * (arity - 1))
            for arity in vocabulary.arities
            for head in self._heads[:_MOST_HEADS]
        ]
        for separator in vocabulary.separators:
            for shape in (*vocabulary.shapes, *split):
                for usual in (_COUNTS[-1], self._names[0]):
                    yield separator.join(usual if part is None else part for part in shape)

    def _matching(self) -> Iterator[str]:
        """Texts that the module's regular expressions match, with an action in the first free place."""
        for shape in self._vocabulary.patterns[:_MOST_HEADS]:
            if shape.count(None) > 1:
                for head in self._heads[:_MOST_HEADS]:
                    yield from (filled(shape, (head, rest)) for rest in (self._names[0], _COUNTS[-1]))
            yield from (filled(shape, (head,)) for head in (*self._names[:1], *self._heads[:_MOST_HEADS]))

    def _chosen(self) -> Iterator[str]:
        """Messages of an action, one of the choices, and numbers."""
        separators = tuple(dict.fromkeys((*self._vocabulary.separators[:2], " ")))
        nested = [(outer, inner.join(reversed(_COUNTS))) for outer, inner in permutations(separators, 2)]
        heads = [head for head in self._heads if head not in self._vocabulary.choices][:_MOST_CHOICES]
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
        yield self._maker.json_object(1.0)
        for key, values in vocabulary.values:
            for value in values:
                yield {key: value}
                yield {**self._maker.json_object(1.0), key: value}
        for key in vocabulary.keys:
            yield {other: self._maker.value(other) for other in vocabulary.keys if other != key}
        for shape in vocabulary.shapes:
            for usual in (3, self._names[0]):
                yield [usual if part is None else part for part in shape]
        for head in self._heads[:40]:
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
        return next((USUAL[kind] for kind in kinds if kind in USUAL), self._names[0])

    def bodies(self) -> Iterator[bytes]:
        """Bodies to send with every HTTP method."""
        if self._vocabulary.reads_json:
            yield from (json.dumps(value).encode() for value in self._whole_objects())
        yield self._maker.body()
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
                said += [f"{head}{separator}{_COUNTS[-1]}" for head in self._heads[:_MOST_CHOICES]]
        return tuple(dict.fromkeys((*said, *self._heads[:_MOST_ORDERS])))

    def racing(self) -> Iterator[tuple[Data, Data]]:
        """Pairs of messages whose handlers may end in the opposite order, such as delays."""
        for separator in self._vocabulary.separators:
            for head in (*self._heads[:10], *self._names[:1]):
                yield f"{head}{separator}300", f"{head}{separator}1"

    def following(self) -> Iterator[tuple[Data, Data]]:
        """Pairs of messages of which the second may read what the first wrote."""
        for order in self._shapes():
            for first in self._heads[:10]:
                for second in self._heads[:10]:
                    yield order.do(first), order.ask(second)

    def after_all(self) -> Iterator[tuple[Data, ...]]:
        """All actions, then one query, then all queries.

        Actions go in the reverse order of the source, which tends to have what creates something before what
        removes it; in source order the last action would undo the others.
        """
        heads = self._heads[:10]
        for order in self._shapes():
            for head in heads:
                yield (*map(order.do, reversed(heads)), order.ask(head), *map(order.ask, heads))

    def _shapes(self) -> Iterator[_Order]:
        """The shapes in which a message may name an action and its object."""
        vocabulary = self._vocabulary
        if vocabulary.reads_json:
            yield from (_order_in_array(value) for value in (["v", "ü"], {"v": "ü"}))
            telling = max(vocabulary.keys, key=lambda key: len(vocabulary.values_of(key)), default="")
            if len(vocabulary.values_of(telling)) > 1:
                yield _order_in_object(telling, vocabulary.keys)
        yield from map(_order_in_words, vocabulary.separators[:2])


def rising(data: Data, count: int) -> list[Data]:
    """A message repeated; a number at its end rises."""
    if isinstance(data, bytes) or not (digits := _LAST_NUMBER.search(data)):
        return [data] * count
    first = int(digits[0])
    return [f"{data[: digits.start()]}{first + 10 * step}" for step in range(count)]
