"""Names for new classes: after the export, and never taken."""

import libcst as cst
import pytest
from tests.pkcodemods.checks import migrated

from pkcodemods.source.module_names import ModuleNames
from pkcodemods.source.modules import SourceModule


def test_a_free_name_is_found() -> None:
    source = "x = 1\n\n\ndef f(y):\n    z = [w for w in y]\n    import os as v\n"
    names = ModuleNames(SourceModule(cst.parse_module(source)))
    assert [
        name for name in ("x", "f", "y", "z", "w", "v", "list", "class", "os") if names.is_free(name)
    ] == ["os"]
    assert names.take("x", "free") == "free"
    assert names.take("x", "free") == "free2"
    names.release("x")
    assert names.take("x") == "x"


@pytest.mark.parametrize(
    "taken", ["class Server: ...", "def f():\n    Server = 1", "import Server", "x: 'Server'"]
)
def test_a_class_never_takes_a_name_that_is_used(taken: str) -> None:
    code = migrated(f"{taken}\n\n\ndef g(connection, room): ...\n\n\ndefault = {{'onConnect': g}}\n").code
    if taken != "x: 'Server'":
        assert "default = ServerServer\n" in code
    assert code.count("\nclass Server(") == (taken == "x: 'Server'")
