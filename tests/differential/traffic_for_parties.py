"""Hypothesis makes traffic for the modules of `party_modules`.

No two sockets share an id at a time: in a hibernating party `room.connections` counts them once and
`get_connections()` twice, which is the one difference that the codemod makes, and says.
"""

from __future__ import annotations

from hypothesis import strategies as st

from pkcompat.traffic.steps import Burst, Close, Connect, Drop, Http, Send, Step, Traffic

PATHS = {
    "a": "/party/room?_pk=a",
    "b": "/party/room?_pk=b",
    "c": "/party/other?_pk=c",
    "x": "/party/room?_pk=refused",
}
MESSAGES: list[str | bytes] = ["one", "boom", "close", "b", b"\x00\x01"]


_CLIENT, _MESSAGE = st.sampled_from(sorted(PATHS)), st.sampled_from(MESSAGES)
_ACTION = st.one_of(
    st.builds(Send, _CLIENT, _MESSAGE),
    st.builds(
        lambda sends: Burst(tuple(sends)), st.lists(st.tuples(_CLIENT, _MESSAGE), min_size=2, max_size=4)
    ),
    st.builds(lambda name: Connect(name, PATHS[name]), _CLIENT),
    st.builds(Close, _CLIENT, st.sampled_from([None, 1_000, 4_001])),
    st.builds(Drop, _CLIENT),
    st.builds(Http, st.sampled_from(["GET", "POST"]), st.sampled_from(["/party/room", "/party/room/sub"])),
)
_ACTIONS = st.lists(_ACTION, min_size=2, max_size=8)


@st.composite
def traffics(draw: st.DrawFn) -> Traffic:
    """Two clients connect; then clients talk, leave, come back."""
    steps: list[Step] = [Connect("a", PATHS["a"]), Connect("b", PATHS["b"])]
    connected = {"a", "b"}
    for step in draw(_ACTIONS):
        if isinstance(step, Connect):
            if step.client in connected:
                steps.append(Close(step.client))
            connected.add(step.client)
        steps.append(step)
    return Traffic("main", tuple(steps))
