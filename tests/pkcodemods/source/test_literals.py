"""Handlers that are no function for sure."""

import pytest
from tests.pkcodemods.checks import codes, migrated

HANDLERS = "def f(connection, room):\n    room.broadcast('hi')\n\n\n"


@pytest.mark.parametrize(
    "export",
    [
        "default = {'onConnect': f, 'onClose': g}\n",
        "from types import SimpleNamespace\n\ndefault = SimpleNamespace(on_connect=f, on_close=g)\n",
        "class H:\n    on_close = g\n\n    def on_connect(self, connection, room):\n        pass\n\n\n"
        "default = H()\n",
    ],
)
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("'hello'", "a string"),
        ("f'{room}'", "a string"),
        ("3", "a number"),
        ("{'a': f}", "a dict"),
        ("[f]", "a list"),
        ("{f}", "a set"),
        ("(f, f)", "a tuple"),
        ("True", "a bool"),
    ],
)
def test_a_handler_that_is_no_function_is_left_alone(export: str, value: str, what: str) -> None:
    named = f"g = {value}\n\n\n{HANDLERS}{export}"
    written_out = HANDLERS + export.replace("= g", f"= {value}").replace(": g", f": {value}").replace(
        "=g", f"={value}"
    )
    for source in (named, written_out):
        result = migrated(source)
        assert (result.outcome, result.code) == ("untouched", source)
        (finding,) = result.parties[0].findings
        assert finding.code == "PK114"
        assert finding.message.endswith(f"is {what}, which cannot be called.")


def test_what_may_be_a_function_is_no_literal() -> None:
    for value in ("make()", "f if x else 'hello'", "f or 3"):
        assert "PK114" not in codes(
            f"from a import make, x\n\n\n{HANDLERS}default = {{'onClose': {value}}}\n"
        )
