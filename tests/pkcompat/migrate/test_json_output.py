"""JSON of a migration and of a scan."""

from __future__ import annotations

import json
from pathlib import Path

from pkcompat.migrate.file import failed, migrate_data
from pkcompat.migrate.json_output import migration_json, scan_json
from pkcompat.migrate.problem import Problem

PARTY = b"def on_connect(connection, room): ...\n\ndefault = {'onConnect': on_connect}\n"
FILES = [
    migrate_data(Path("chat.py"), PARTY),
    migrate_data(Path("plain.py"), b"x = 1\n"),
    failed(Path("bad.py"), Problem("invalid syntax", 2, 7)),
]


def test_what_became_of_each_file() -> None:
    assert json.loads(migration_json(FILES)) == {
        "files": [
            {
                "path": "chat.py",
                "outcome": "rewritten",
                "parties": [{"name": "default", "outcome": "rewritten", "findings": []}],
            },
            {"path": "plain.py", "outcome": "untouched", "parties": []},
            {
                "path": "bad.py",
                "outcome": "error",
                "message": "invalid syntax",
                "line": 2,
                "column": 7,
                "parties": [],
            },
        ]
    }


def test_a_scan_tells_forms_and_handlers_and_leaves_out_the_rest() -> None:
    chat, bad = json.loads(scan_json(FILES))["files"]
    assert chat["parties"] == [
        {
            "name": "default",
            "form": "dict",
            "handlers": ["on_connect"],
            "outcome": "rewritten",
            "findings": [],
        }
    ]
    assert bad["path"] == "bad.py"
