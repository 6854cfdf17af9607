"""Framing of records between host and shadow."""

from __future__ import annotations

from pkcompat.shadow.records import Came, Rang, Unframer, frame


def test_frames_come_out_as_they_went_in_however_they_are_cut() -> None:
    messages = [Came(1, 2, "„text“"), Rang(3), Came(1, 2, b"\0" * 1_000)]
    data = b"".join(map(frame, messages))
    for size in (1, 7, 100, len(data)):
        unframer = Unframer()
        out = [
            message for at in range(0, len(data), size) for message, _ in unframer.feed(data[at : at + size])
        ]
        assert out == messages


def test_messages_that_nobody_took_come_again() -> None:
    unframer = Unframer()
    assert next(unframer.feed(frame(Rang(1)) + frame(Rang(2))))[0] == Rang(1)
    assert [message for message, _ in unframer.feed(b"")] == [Rang(2)]
