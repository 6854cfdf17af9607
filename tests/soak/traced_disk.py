"""What a disk holds after a power failure, out of a record of a process's system calls (`strace`).

The model is as strict as POSIX: what was written to a file is lost, kept, or kept in part until an `fsync` of
that file that began after the write has ended; a name that was made, taken away or changed is old or new
until an `fsync` of its folder.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TRACED = (
    "openat,mkdir,mkdirat,pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,fallocate,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat"
)
SECTOR = 512
KEPT = ".sqlite"
"""In the names of the files that are followed."""

_BEGINS = re.compile(r"(\d+) +(\w+)\((.*?)(?:\) += (-?\d+|\?).*| <unfinished \.\.\.>)$")
_ENDS = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+|\?)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(?:\d+|AT_FDCWD)<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call as `strace -f -y -xx` shows it: its begin, and its end.

    Attributes:
        thread: that made it.
        name: of the call.
        arguments: its arguments as text.
        result: what it returned; None where only its begin is seen.
        begins: whether this is (also) its begin.
    """

    thread: int
    name: str
    arguments: str
    result: int | None
    begins: bool

    @property
    def texts(self) -> list[bytes]:
        """The strings among the arguments."""
        return [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(self.arguments)]

    @property
    def target(self) -> str:
        """What the first file descriptor is open on: a path, `socket:[123]`."""
        found = _DESCRIPTOR.match(self.arguments)
        if found is None:
            return ""
        text = found[1].replace("\\x", "")
        return bytes.fromhex(text).decode() if found[1].startswith("\\x") else text

    @property
    def last_number(self) -> int:
        """The last argument."""
        return int(self.arguments.rpartition(",")[2])


def calls(log: Path) -> Iterator[Call]:
    """Those of a log of `strace`, in their order."""
    with log.open(encoding="ascii") as lines:
        for line in lines:
            if found := _BEGINS.match(line):
                thread, name, arguments, result = found.groups()
                yield Call(int(thread), name, arguments, _number(result), True)
            elif found := _ENDS.match(line):
                yield Call(int(found[1]), found[2], "", _number(found[3]), False)


def _number(text: str | None) -> int | None:
    return None if text in (None, "?") else int(text)


@dataclass(slots=True, eq=False)
class Write:
    """A write that no flush has covered: bytes at an offset, or a new length where there are none."""

    offset: int
    data: bytes | None
    ended: bool = False

    def apply(self, content: bytearray) -> None:
        """Make it so."""
        end = self.offset + len(self.data or b"")
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if self.data is None:
            del content[self.offset :]
        else:
            content[self.offset : end] = self.data

    def in_part(self, chance: random.Random) -> Iterator[Write]:
        """What of it reached the disk: some of its sectors, all of them, or nothing."""
        how = chance.choice(["nothing", "all", "all", "some"])
        if self.data is None or how != "some":
            if how != "nothing":
                yield self
            return
        for start in range(0, len(self.data), SECTOR):
            if chance.random() < 0.5:
                yield Write(self.offset + start, self.data[start : start + SECTOR])


@dataclass(slots=True, eq=False)
class File:
    """A file, or a folder."""

    is_folder: bool = False
    flushed: bytearray = field(default_factory=bytearray)
    writes: list[Write] = field(default_factory=list)

    def content(self, chance: random.Random | None) -> bytes:
        """What is on the disk after a failure: what was flushed, and with a chance some of the rest."""
        content = bytearray(self.flushed)
        for write in self.writes if chance else ():
            for part in write.in_part(chance):  # type: ignore[arg-type]
                part.apply(content)
        return bytes(content)


class TracedDisk:
    """The files below a folder, as a process's system calls leave them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[Path, File] = {}
        self._flushed_names: dict[Path, File] = {}
        self._under_way: dict[int, tuple[Call, object]] = {}
        self.flushes = 0

    def follow(self, call: Call) -> bool:
        """Do what a call does; returns whether it has changed what may be on the disk."""
        if call.begins:
            self._under_way[call.thread] = (call, self._begin(call))
        if call.begins and call.result is None:
            return bool(self._under_way[call.thread][1])
        begun, state = self._under_way.pop(call.thread, (call, None))
        return self._end(begun, call.result, state) or bool(state)

    def image(self, folder: Path, chance: random.Random | None) -> None:
        """Write what a power failure leaves into a folder.

        Args:
            folder: an empty one.
            chance: for what was not flushed; without it all of that is lost.
        """
        names = dict(self._flushed_names)
        if chance is not None:
            for path in {*self._names, *names}:
                if chance.random() < 0.5 and self._names.get(path) is not names.get(path):
                    if path in self._names:
                        names[path] = self._names[path]
                    else:
                        del names[path]
        for path in sorted(names):
            place = folder / path.relative_to(self._root)
            if not place.parent.is_dir():
                continue
            if names[path].is_folder:
                place.mkdir(exist_ok=True)
            else:
                place.write_bytes(names[path].content(chance))

    def _begin(self, call: Call) -> object:
        match call.name:
            case "pwrite64" | "pwritev" | "ftruncate" | "write" | "writev" | "fallocate":
                return self._begin_write(call)
            case "fsync" | "fdatasync":
                path = Path(call.target)
                if (file := self._names.get(path)) is not None:
                    return file, [write for write in file.writes if write.ended]
                return None
        return None

    def _begin_write(self, call: Call) -> Write | None:
        file = self._names.get(Path(call.target))
        if file is None:
            return None
        if call.name == "ftruncate":
            write = Write(call.last_number, None)
        elif call.name == "pwrite64":
            write = Write(call.last_number, call.texts[0])
        else:
            raise NotImplementedError(f"{call.name} on {call.target}")
        file.writes.append(write)
        return write

    def _end(self, call: Call, result: int | None, state: object) -> bool:
        if result is None or result < 0:
            return False
        if isinstance(state, Write):
            state.ended = True
            return False
        if isinstance(state, tuple):
            file, covered = state
            self._flush(file, covered, Path(call.target))
            return True
        match call.name:
            case "openat" if "O_CREAT" in call.arguments:
                return self._make(self._path(call, 0), File())
            case "openat" if "O_TRUNC" in call.arguments and self._path(call, 0) in self._names:
                raise NotImplementedError("a file is emptied as it is opened")
            case "mkdir" | "mkdirat":
                return self._make(self._path(call, 0), File(is_folder=True))
            case "unlink" | "unlinkat":
                return self._names.pop(self._path(call, 0), None) is not None
            case "rename" | "renameat" | "renameat2":
                old, new = self._path(call, 0), self._path(call, 1)
                if old in self._names:
                    self._names[new] = self._names.pop(old)
                    return True
        return False

    def _flush(self, file: File, covered: list[Write], path: Path) -> None:
        self.flushes += 1
        if file.is_folder:
            for name in {*self._names, *self._flushed_names}:
                if name.parent == path:
                    self._flushed_names.pop(name, None)
                    if name in self._names:
                        self._flushed_names[name] = self._names[name]
        for write in covered:
            write.apply(file.flushed)
        file.writes = [write for write in file.writes if write not in covered]

    def _make(self, path: Path, file: File) -> bool:
        if path in self._names or not (file.is_folder or KEPT in path.name):
            return False
        if not path.is_relative_to(self._root):
            return False
        self._names[path] = file
        return True

    def start_from(self, path: Path) -> None:
        """A folder that is there, on the disk, before anything happens."""
        self._names[path] = self._flushed_names[path] = File(is_folder=True)

    def _path(self, call: Call, which: int) -> Path:
        return self._root / call.texts[which].decode()
