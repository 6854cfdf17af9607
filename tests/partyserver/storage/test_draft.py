"""Changes on top of what is stored: which of both is seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partyserver.storage.backend import Alarm, Changes, KeyRange
from partyserver.storage.draft import Draft

KEYS = st.sampled_from(["a", "ab", "b", "c", "é"])
VALUES = st.sampled_from([b"1", b"2"])
BOUNDS = st.none() | KEYS
RANGES = st.builds(
    KeyRange,
    start=BOUNDS,
    end=BOUNDS,
    prefix=st.sampled_from(["", "a"]),
    reverse=st.booleans(),
    limit=st.none() | st.integers(1, 3),
)
CHANGES = st.builds(Changes, st.dictionaries(KEYS, st.none() | VALUES), st.booleans())


@given(st.dictionaries(KEYS, VALUES), st.lists(CHANGES, max_size=3), RANGES)
def test_a_range_is_that_of_the_stored_values_with_the_changes_made(
    stored: dict[str, bytes], steps: list[Changes], key_range: KeyRange
) -> None:
    draft, model = Draft(), dict(stored)
    for changes in steps:
        draft.add(changes)
        if changes.clear:
            model.clear()
        for key, value in changes.values.items():
            if value is None:
                model.pop(key, None)
            else:
                model[key] = value
    found = draft.scan(key_range, lambda asked: [(key, stored[key]) for key in asked.select(stored)])
    assert list(found) == [(key, model[key]) for key in key_range.select(model)]
    assert all(draft.values.get(key) == model.get(key) for key in "abc" if draft.hides(key))


def test_the_last_alarm_counts() -> None:
    draft = Draft()
    assert draft.changes.is_empty
    draft.add(Changes(alarm=Alarm.at(1)))
    draft.add(Changes({"k": b"v"}))
    assert draft.changes == Changes({"k": b"v"}, alarm=Alarm.at(1))
    draft.add(Changes(clear=True))
    draft.add(Changes(alarm=None))
    assert draft.changes == Changes(clear=True, alarm=None)
