"""Handlers of another file: what their annotations become in the class, and the imports that these need."""

from __future__ import annotations

import itertools
import textwrap

import pytest
from tests.pkcodemods.checks import migrated_files
from tests.pkcodemods.importing import Project, import_problems

PARTY = "{imports}\n\ndefault = {{'onMessage': {handler}, 'onRequest': show}}\n"
HANDLERS = """
from starlette.responses import Response

{imports}


{types}


def pin(message: str, connection: PartyKitConnection, room: PartyKitRoom) -> {returns}:
    room.broadcast(message)


async def show(request, room) -> Response:
    return Response(room.id)
"""
OLD = "from partykit.server import PartyKitConnection, PartyKitRoom"


def after(files: dict[str, str]) -> dict[str, str]:
    results = migrated_files(files)
    assert {result.outcome for result in results.values()} <= {"rewritten", "untouched"}, results
    return {path: result.data.decode() for path, result in results.items()}


def handlers(imports: str = "", returns: str = "None", types: str = "") -> str:
    return HANDLERS.format(imports=f"{OLD}\n{imports}", returns=returns, types=types)


def test_the_case_of_the_issue() -> None:
    files = after(
        {
            "board/__init__.py": """
                from partykit.server import PartyKitServer

                from . import handlers
                from .handlers import pin, show as welcome

                default: PartyKitServer = {
                    "onConnect": handlers.on_connect,
                    "onMessage": pin,
                    "onRequest": welcome,
                    "onClose": handlers.wipe,
                }
            """,
            "board/handlers.py": """
                import typing as t

                from partykit.server import PartyKitConnection, PartyKitRequest, PartyKitRoom
                from starlette.responses import Response

                from .data import Data


                class Pin: ...


                def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
                    room.connections[connection.id].send("hi")


                def pin(message: t.Union[str, bytes], sender: "PartyKitConnection", room) -> Data:
                    return Data()


                async def show(request: PartyKitRequest, room: PartyKitRoom) -> Response:
                    return Response(room.id)


                def wipe(connection: PartyKitConnection, room: PartyKitRoom) -> "Pin | None":
                    room.broadcast("bye")
            """,
            "board/data.py": "class Data: ...\n",
        }
    )
    assert files["board/__init__.py"] == textwrap.dedent(
        """
        import typing as t

        from partyserver import (
            Connection,
            ConnectionContext,
            PartyServer,
            Request,
            ServerOptions,
        )
        from starlette.responses import Response

        from . import handlers
        from .data import Data
        from .handlers import Pin, pin, show as welcome


        class Board(PartyServer):
            options = ServerOptions(hibernate=True)

            def on_connect(self, connection: Connection, ctx: ConnectionContext) -> None:
                handlers.on_connect(connection, self.room)

            def on_message(self, message: t.Union[str, bytes], sender: "Connection") -> Data:
                return pin(message, sender, self.room)

            async def on_request(self, request: Request) -> Response:
                return await welcome(request, self.room)

            def on_close(self, connection: Connection) -> "Pin | None":
                handlers.wipe(connection, self.room)


        default = Board
        """
    ).lstrip("\n")
    assert import_problems([(files, "board")]) == [""]


LAYOUTS = {  # the party's file, that of the handlers, that of types, and how each imports the other
    "package": ("board/__init__.py", "board/handlers.py", "board/data.py", ".handlers", ".data"),
    "siblings": ("app/party.py", "app/handlers.py", "app/data.py", ".handlers", ".data"),
    "absolute": ("app/party.py", "app/handlers.py", "app/data.py", "app.handlers", "app.data"),
    "mixed": ("app/party.py", "app/inner/handlers.py", "app/data.py", ".inner.handlers", "..data"),
    "upwards": ("app/chat/party.py", "app/handlers.py", "app/types/data.py", "..handlers", ".types.data"),
    "script": ("party.py", "handlers.py", "data.py", "handlers", "data"),
}
TYPES = {
    "class": ("", "Data", "class Data: ..."),
    "alias": ("import typing as t", "Data", "Data = t.Union[str, bytes]"),
    "nested": ("import typing as t", "t.Optional[t.List[Data]]", "class Data: ..."),
    "quoted": ("", '"Data | None"', "class Data: ..."),
    "imported": ("from {data} import Data", "Data", ""),
    "renamed": ("from {data} import Data as D", "D", ""),
    "module": ("import collections.abc", "collections.abc.Sequence", ""),
    "own module": ("from {package} import {name}", "{name}.Data", ""),
    "in a string": ("from {data} import Data", "'list[Data]'", ""),
    "literal": ("from typing import Literal", 'Literal["room", "Nothing"]', ""),
    "taken": ("from {data} import other as connection", "connection", ""),
}


def generated() -> list[tuple[str, str, Project, str]]:
    found = []
    for (layout, parts), (kind, (imports, returns, types)) in itertools.product(
        LAYOUTS.items(), TYPES.items()
    ):
        party, home, data, module, data_module = parts
        package, _, name = data_module.rpartition(".")
        package = package or ("." if data_module.startswith(".") else "")
        if data_module.startswith("."):
            package = data_module.removesuffix(name)
            package = package if package.strip(".") == "" else package.rstrip(".")
        if kind == "own module" and layout == "script":
            imports, returns = "import data", "data.Data"
        values = {"data": data_module, "package": package, "name": name}
        source = handlers(imports.format(**values), returns.format(**values), types)
        files = {
            party: PARTY.format(imports=f"from {module} import pin as Data_, show", handler="Data_"),
            home: source,
            data: "class Data: ...\n\n\nclass other: ...\n",
        }
        for path in (party, home, data):
            for around in itertools.accumulate(path.split("/")[:-1], "{}/{}".format):
                files.setdefault(f"{around}/__init__.py", "")
        dotted = party.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found.append((layout, kind, after(files), dotted))
    return found


def test_annotations_mean_in_the_party_what_they_meant_where_they_come_from() -> None:
    cases = generated()
    problems = import_problems([(files, name) for _, _, files, name in cases])
    assert {case[:2]: problem for case, problem in zip(cases, problems, strict=True) if problem} == {}
    for layout, kind, files, name in cases:
        source = next(text for path, text in files.items() if path.startswith(name.replace(".", "/")))
        assert "connection: Connection" in source
        assert ") ->" in source.split("def on_message")[1].split(":\n")[0], (layout, kind)


def party_with(returns: str, imports: str = "", types: str = "", party: str = "") -> str:
    files = {
        "app/__init__.py": "",
        "app/party.py": f"{party}\nfrom .handlers import pin, show\n\ndefault = {{'onMessage': pin}}\n",
        "app/handlers.py": handlers(imports, returns, types),
        "app/data.py": "class Data: ...\n",
    }
    written = after(files)
    assert import_problems([(written, "app.party")], with_hints=False) == [""]
    return written["app/party.py"]


TYPING = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .data import Data"


def test_what_only_checkers_import_stays_theirs() -> None:
    source = party_with('"Data"', TYPING)
    assert "from typing import TYPE_CHECKING" in source
    assert "if TYPE_CHECKING:\n    from .data import Data\n" in source
    assert '-> "Data":' in source
    lazy = "from __future__ import annotations\n"
    assert "-> Data:" in party_with('"Data"', TYPING, party=lazy).replace('"Data"', "Data")
    known = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .data import Data as D\n"
    assert party_with('"Data"', TYPING, party=known).count("import Data") == 1


def test_a_name_that_the_party_has_for_something_else_is_imported_under_another() -> None:
    source = party_with("Data", "from .data import Data", party="Data = 1\n")
    assert "from .data import Data as Data2\n" in source
    assert "-> Data2:" in source


@pytest.mark.parametrize(
    ("returns", "imports", "types"),
    [
        ("Data", "from .data import *", ""),
        ("lazily(lambda x: x)", "", "def lazily(f): return int"),
        ("Annotated[str, f'{Data}']", "from typing import Annotated\nfrom .data import Data", ""),
        ("Data", "from .party_types import Data", ""),
    ],
)
def test_an_annotation_that_cannot_be_said_in_the_party_is_left_out(
    returns: str, imports: str, types: str
) -> None:
    files = {
        "app/__init__.py": "",
        "app/party.py": "from .handlers import pin\n\ndefault = {'onMessage': pin}\n\n\nclass Own: ...\n",
        "app/handlers.py": handlers(imports, returns, types),
        "app/data.py": "class Data: ...\n",
        "app/party_types.py": "def own():\n    from .party import Own\n\n\nclass Data: ...\n",
    }
    written = after(files)
    assert import_problems([(written, "app.party")]) == [""]
    assert "def on_message(self, message: str, connection: Connection):" in written["app/party.py"]


def test_an_annotation_of_a_name_within_a_function_is_left_out() -> None:
    files = after(
        {
            "party.py": """
                def make(limit):
                    class Data(str): ...

                    def pin(message: Data, connection, room) -> Data:
                        room.broadcast(message)

                    return pin


                default = {"onMessage": make(3), "onClose": lambda connection, room: None}
            """
        }
    )
    assert "def on_message(self, message, connection):" in files["party.py"]
    assert import_problems([(files, "party")]) == [""]
