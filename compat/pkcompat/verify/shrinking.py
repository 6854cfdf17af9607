"""Shrinking a script to the shortest one that still fails: delta debugging over steps and within them.

Home-made, though Hypothesis shrinks: its shrinker works on the choices of its own generators, while these
passes know the domain, such as clients that can be merged and steps that only let time pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from string import ascii_lowercase
from typing import Any

from pkcompat.traffic import Burst, Close, Connect, Data, Drop, Http, Raw, Send, Step, Wait, repaired

_WAITS = (0.3, 1.0, 11.0, 71.0)

Script = tuple[Step, ...]
Shows = Callable[[Script], bool]
"""Whether a script still shows what it is shrunk for."""
Repair = Callable[[Script], Script]
"""Makes a script playable again after steps were removed or changed."""


def shrink(script: Sequence[Step], shows: Shows, *, most: int = 400, repair: Repair = repaired) -> Script:
    """The shortest script found that still shows something: no one step and no two can be left out.

    Args:
        script: one that shows it.
        shows: whether another script does; called at most `most` times, and never twice for one script.
        most: the limit of calls, after which the shortest script so far is returned.
        repair: makes a script playable after steps were removed.
    """
    asked = _Asked(shows, most, repair)
    best = tuple(script)
    while (shorter := _improved(best, asked)) is not None:
        best = shorter
    return _renamed(best, asked)


def _improved(script: Script, asked: _Asked) -> Script | None:
    """The result of the first pass that improves a script, the cheapest pass first; None if none does."""
    for better in (_fewer_steps, _simpler, _fewer_clients, _without_two, _two_as_a_wait):
        if not asked.spent and (shorter := better(script, asked)) != script:
            return shorter
    return None


class _Asked:
    """Calls `shows`, within a limit, and caches the results."""

    def __init__(self, shows: Shows, most: int, repair: Repair) -> None:
        self.repaired = repair
        self._shows = shows
        self._left = most
        self._known: dict[Script, bool] = {}

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def __call__(self, script: Script) -> bool:
        if script not in self._known:
            if self.spent:
                return False
            self._left -= 1
            self._known[script] = self._shows(script)
        return self._known[script]


def _fewer_steps(script: Script, asked: _Asked) -> Script:
    """Delta debugging (Zeller's ddmin, complements only): leave out smaller and smaller parts."""
    parts = 2
    while len(script) > 1:
        size = max(1, len(script) // parts)
        for start in range(0, len(script), size):
            rest = asked.repaired(script[:start] + script[start + size :])
            if len(rest) < len(script) and asked(rest):
                script, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(script), parts * 2)
    return script


def _fewer_clients(script: Script, asked: _Asked) -> Script:
    """Merge two clients into one."""
    clients = [step.client for step in script if isinstance(step, Connect)]
    for gone, other in permutations(dict.fromkeys(clients), 2):
        merged = [_by_client(step, {gone: other}) for step in script]
        fewer = asked.repaired(
            tuple(
                new for new, old in zip(merged, script, strict=True) if new == old or type(new) is not Connect
            )
        )
        if len(fewer) < len(script) and asked(fewer):
            return fewer
    return script


def _without_two(script: Script, asked: _Asked) -> Script:
    """Leave out pairs of steps of which neither can go alone, such as a lock and its release."""
    for first, second in combinations(range(len(script)), 2):
        rest = asked.repaired((*script[:first], *script[first + 1 : second], *script[second + 1 :]))
        if len(rest) < len(script) and asked(rest):
            return rest
    return script


def _two_as_a_wait(script: Script, asked: _Asked) -> Script:
    """Replace two consecutive steps, which only let time pass, by one wait."""
    for place in range(len(script) - 1):
        for seconds in _WAITS:
            waiting = asked.repaired((*script[:place], Wait(seconds), *script[place + 2 :]))
            if len(waiting) < len(script) and asked(waiting):
                return waiting
    return script


def _renamed(script: Script, asked: _Asked) -> Script:
    """Rename clients and their ids to a, b, c in order of appearance."""
    clients = dict.fromkeys(step.client for step in script if isinstance(step, Connect))
    names = dict(zip(clients, ascii_lowercase, strict=False))
    renamed = tuple(_by_client(step, names) for step in script)
    return renamed if asked(renamed) else script


def _by_client(step: Step, names: Mapping[str, str]) -> Step:
    """A step with its clients renamed, in a connection's id too."""
    match step:
        case Burst(sends):
            return Burst(tuple((names.get(client, client), data) for client, data in sends))
        case Connect(client, path):
            before, key, own_id = path.partition("?_pk=")
            own_id, mark, rest = own_id.partition("&")
            path = f"{before}{key}{names.get(own_id, own_id)}{mark}{rest}"
            return replace(step, client=names.get(client, client), path=path)
        case Send(client) | Raw(client) | Close(client) | Drop(client):
            return replace(step, client=names.get(client, client))
    return step


def _simpler(script: Script, asked: _Asked) -> Script:
    """Simplify each step as far as possible."""
    place = 0
    while place < len(script):
        for step in _simpler_steps(script[place]):
            changed = asked.repaired((*script[:place], step, *script[place + 1 :]))
            if len(changed) <= len(script) and asked(changed):
                script = changed
                break
        else:
            place += 1
    return script


def _simpler_steps(step: Step) -> Iterator[Step]:
    """Simpler forms of a step, the simplest first; each is strictly smaller, so that shrinking ends."""
    if not isinstance(step, Wait):
        yield Wait(_WAITS[0])
    match step:
        case Burst(sends):
            yield from (Send(*send) for send in sends)
            if len(sends) > 2:
                yield from (Burst(sends[:index] + sends[index + 1 :]) for index in range(len(sends)))
            for index, (client, data) in enumerate(sends):
                for shorter in _shorter(data):
                    yield Burst((*sends[:index], (client, shorter), *sends[index + 1 :]))
        case Send(client, data):
            yield from (Send(client, shorter) for shorter in _shorter(data))
        case Wait(seconds):
            yield from (Wait(shorter) for shorter in _WAITS if shorter < seconds)
        case Close(client, int()):
            yield Close(client)
        case Connect(headers=headers) if headers:
            yield replace(step, headers=())
        case Connect(client, path) if "&" in path:
            yield Connect(client, path.partition("&")[0])
        case Http():
            yield from _simpler_requests(step)


def _simpler_requests(step: Http) -> Iterator[Step]:
    if step.headers:
        yield replace(step, headers=())
    if "?" in step.path and not step.path.startswith("/__scheduled__"):
        yield replace(step, path=step.path.partition("?")[0])
    for body in _shorter(step.body):
        assert isinstance(body, bytes)
        yield replace(step, body=body)


def _shorter(data: Data) -> Iterator[Data]:
    """Shorter forms of a message."""
    if isinstance(data, bytes):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = None
        if text is not None:
            yield from (shorter.encode() for shorter in _shorter_text(text))
        elif len(data) > 1:
            yield from (data[: len(data) // 2], data[len(data) // 2 :])
    else:
        yield from _shorter_text(data)


def _shorter_text(text: str) -> Iterator[str]:
    if not text:
        return
    yield ""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict | list):
        yield from (json.dumps(shorter) for shorter in _shorter_value(value))
        return
    if len(text) > 1:
        yield text[0]
        yield text[: len(text) // 2]
        yield text[len(text) // 2 :]
        if len(text) <= 40:
            yield text[:-1]
            yield text[1:]


def _shorter_value(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
