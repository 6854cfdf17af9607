"""Changes that are not with the store yet: those of a transaction, or of a turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from partyserver.storage.backend import Alarm, Changes, Kept, KeyRange

Scan = Callable[[KeyRange], Iterable[tuple[str, bytes]]]


@dataclass(slots=True)
class Draft:
    """Changes of one room on top of what its store holds; later ones replace earlier ones.

    Attributes:
        values: the encoded value of each changed key, or None where it was deleted.
        clear: whether every other key was deleted.
        alarm: the alarm, None where it was deleted, `"keep"` where it is the store's.
    """

    values: dict[str, bytes | None] = field(default_factory=dict)
    clear: bool = False
    alarm: Alarm | Kept | None = "keep"

    def add(self, changes: Changes) -> None:
        """Add later changes."""
        if changes.clear:
            self.values.clear()
            self.clear = True
        self.values.update(changes.values)
        if changes.alarm != "keep":
            self.alarm = changes.alarm

    @property
    def changes(self) -> Changes:
        """The changes, as the store takes them."""
        return Changes(self.values, self.clear, self.alarm)

    def hides(self, key: str) -> bool:
        """Whether what the store holds under the key is no longer so."""
        return self.clear or key in self.values

    def over(self, stored: Mapping[str, bytes], keys: Iterable[str]) -> dict[str, bytes]:
        """The values of some keys.

        Args:
            stored: what the store holds under those that the changes do not hide.
            keys: the keys.
        """
        found = {key: self.values.get(key) if self.hides(key) else stored.get(key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def wider(self, key_range: KeyRange) -> KeyRange:
        """The range of which the store's keys suffice for `scan`: each change hides one of them at most."""
        if key_range.limit is None or not self.values:
            return key_range
        return replace(key_range, limit=key_range.limit + len(self.values))

    def scan(self, key_range: KeyRange, stored: Scan) -> Iterator[tuple[str, bytes]]:
        """The keys and values in a range.

        Args:
            key_range: the range.
            stored: returns what the store holds in a range.
        """
        if not self.values:
            return iter(() if self.clear else stored(key_range))
        merged = {} if self.clear else dict[str, bytes | None](stored(self.wider(key_range)))
        merged |= self.values
        present = {key: value for key, value in merged.items() if value is not None}
        return ((key, present[key]) for key in key_range.select(present))
