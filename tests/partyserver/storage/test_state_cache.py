"""Values in memory: what leaves when the memory is used up, and how much that is."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partyserver.storage.state_cache import UNKNOWN, StateCache

ROOM, OTHER = ("main", "room"), ("main", "other")
ROOMS = [ROOM, OTHER, ("game", "room")]


def cache_of(*entries: int) -> StateCache:
    """A cache that holds a value for each number, each of 1,000 bytes, and no more."""
    sized = StateCache(1_000_000)
    for number in entries:
        sized.put(ROOM, str(number), bytes(1_000))
    cache = StateCache(sized.size)
    for number in entries:
        cache.put(ROOM, str(number), bytes(1_000))
    return cache


def test_a_value_that_was_put_is_there_and_another_is_unknown() -> None:
    cache = StateCache(100_000)
    cache.put(ROOM, "k", b"v")
    cache.put(ROOM, "none", None)
    assert (cache.get(ROOM, "k"), cache.get(ROOM, "none")) == (b"v", None)
    assert cache.get(ROOM, "else") == cache.get(OTHER, "k") == UNKNOWN


def test_of_a_room_the_value_that_was_not_used_for_longest_leaves_first() -> None:
    cache = cache_of(*range(10))
    cache.get(ROOM, "0")
    cache.put(ROOM, "new", bytes(1_000))
    left = [number for number in range(10) if cache.get(ROOM, str(number)) == UNKNOWN]
    assert left == [1, 2]


def test_of_the_rooms_the_one_that_was_not_used_for_longest_is_the_first_to_lose_values() -> None:
    rooms = [("main", str(number)) for number in range(20)]
    sized = StateCache(1_000_000)
    for room in rooms:
        sized.put(room, "k", b"v")
    cache = StateCache(sized.size)
    for room in rooms:
        cache.put(room, "k", b"v")
    cache.get(rooms[0], "k")
    cache.put(rooms[0], "another", b"v")
    assert [room for room in rooms if cache.get(room, "k") == UNKNOWN] == [rooms[1]]


def test_what_is_forgotten_takes_no_memory() -> None:
    cache = StateCache(100_000)
    cache.put(OTHER, "k", b"v")
    before = cache.size
    for number in range(10):
        cache.put(ROOM, str(number), b"v")
    cache.forget(ROOM)
    cache.forget(ROOM)
    assert cache.size == before
    assert cache.get(ROOM, "1") == UNKNOWN
    cache.clear()
    assert (cache.size, cache.get(OTHER, "k")) == (0, UNKNOWN)


def test_one_large_value_does_not_push_all_others_out() -> None:
    cache = StateCache(10_000)
    cache.put(ROOM, "small", b"v")
    cache.put(ROOM, "large", bytes(9_000))
    assert (cache.get(ROOM, "small"), cache.get(ROOM, "large")) == (b"v", UNKNOWN)


def test_a_room_whose_only_value_is_too_large_takes_no_memory() -> None:
    cache = StateCache(10_000)
    cache.put_all(ROOM, {"large": bytes(9_000), "larger": bytes(9_500)})
    assert (cache.size, cache.entries(ROOM)) == (0, {})


def test_a_value_that_grew_too_large_is_no_longer_known_by_its_old_one() -> None:
    cache = StateCache(10_000)
    cache.put(ROOM, "k", b"v")
    cache.put(ROOM, "k", bytes(9_000))
    assert cache.get(ROOM, "k") == UNKNOWN


@pytest.mark.parametrize("capacity", [0, 3_000, 100_000])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "get", "forget"]),
            st.sampled_from(ROOMS),
            st.sampled_from("abc"),
            st.none() | st.integers(0, 2_000).map(bytes),
        )
    )
)
def test_what_is_known_is_what_was_put_last_and_the_size_is_never_exceeded(
    capacity: int, steps: list[tuple[str, tuple[str, str], str, bytes | None]]
) -> None:
    cache, model = StateCache(capacity), dict[tuple[tuple[str, str], str], bytes | None]()
    for what, room, key, value in steps:
        if what == "put":
            cache.put(room, key, value)
            model[room, key] = value
        elif what == "forget":
            cache.forget(room)
            model = {name: kept for name, kept in model.items() if name[0] != room}
        elif (found := cache.get(room, key)) != UNKNOWN:
            assert found == model[room, key]
        assert 0 <= cache.size <= capacity
    for room in ROOMS:
        cache.forget(room)
    assert cache.size == 0


@pytest.mark.parametrize(("rooms", "keys", "value"), [(2_000, 1, 20), (1, 5_000, 20), (50, 50, 1_000)])
def test_the_size_is_about_what_python_takes(rooms: int, keys: int, value: int) -> None:
    cache = StateCache(100_000_000)
    tracemalloc.start()
    try:
        for room in range(rooms):
            name = ("main", f"room {room}")
            for key in range(keys):
                cache.put(name, f"key {key}", bytes(value))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.7 * taken < cache.size < 2 * taken  # newer versions of Python take less
