"""Pages are followed by the letter, and what is not as they say is told with page and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.walk import Command, File, Walk, steps
from tests.mirror import ROOT

PAGE = """\
# A page

```{code-block} python
:caption: say.py

import sys

print("it says", sys.argv[1], 1999)
```

```console
$ python say.py one; python say.py two
it says one 1999
...two...
$ touch there \\
    "with blanks"
```

```python
raise SystemExit("no file")
```

```{code-block} python
:caption: say.py …

import sys
```
"""


def follow(page: str, folder: Path) -> Walk:
    walk = Walk(folder / "here")
    walk.folder.mkdir(exist_ok=True)
    written = ROOT / "docs" / "_build" / f"{folder.name}.md"
    written.parent.mkdir(exist_ok=True)
    written.write_text(page, encoding="utf-8")
    try:
        walk.follow(written)
    finally:
        written.unlink()
    return walk


def test_its_steps() -> None:
    file, say, touch, part = steps(PAGE)
    assert file == File("say.py", 'import sys\n\nprint("it says", sys.argv[1], 1999)\n', 3)
    assert say == Command("python say.py one; python say.py two", "it says one 1999\n...two...\n", 12)
    assert touch == Command('touch there \\\n    "with blanks"', None, 15)
    assert part == File("say.py", "import sys\n", 23, is_part=True)


def test_a_page_that_holds(tmp_path: Path) -> None:
    folder = follow(PAGE, tmp_path).folder
    assert (folder / "with blanks").exists()
    assert "1999" not in (folder / "say.py").read_text()


@pytest.mark.parametrize(
    ("shown", "other", "told"),
    [
        ("it says one", "it said one", r"md:12: .*it says one .*is not"),
        ("$ touch there", "$ false there", r"md:15: .*exit status 1"),
        ("say.py …\n\nimport sys", "say.py …\n\nimport os", "md:23: say.py has no such part"),
        ("$ touch", "$ pkcompat serve nothing.py\nnever\n$ touch", r"(?s)md:15: .*it ended"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told_with_page_and_line(
    shown: str, other: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=f"(?s){told}"):
        follow(PAGE.replace(shown, other), tmp_path)


def test_a_host_runs_until_the_next_one(tmp_path: Path) -> None:
    page = """
```{code-block} python
:caption: chat.py

from partyserver import PartyServer, Request, Response


class Chat(PartyServer):
    def on_request(self, request: Request) -> Response:
        return Response(f"in {self.room.id}")
```

```console
$ pkcompat serve chat.py
pkcompat serves at http://127.0.0.1:1999
...
Ctrl-C stops it.
$ curl --silent http://127.0.0.1:1999/party/den
in den
$ pkcompat serve chat.py --port 8000
pkcompat serves at http://127.0.0.1:8000
...
$ curl --silent http://127.0.0.1:8000/party/den
in den
$ curl --silent http://127.0.0.1:1999/party/den || echo nobody
nobody
```
"""
    assert follow(page, tmp_path)._lasting is None
