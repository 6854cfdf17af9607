"""Handler classes that become the party."""

import pytest
from tests.pkcodemods.checks import migrated


def built(body: str) -> str:
    """The class that comes of a handler class."""
    code = migrated(f"class Chat:\n{body}\n\ndefault = Chat()\n").code
    return code.partition("class Chat(PartyServer):\n")[2].removesuffix("\n\ndefault = Chat\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "    def on_alarm(self, room): room.broadcast('x')",
            "    options = ServerOptions(hibernate=True)\n\n    def on_alarm(self): self.room.broadcast('x')",
        ),
        (
            "    '''Doc.'''\n    def on_alarm(self, room): ...",
            "    '''Doc.'''\n\n    options = ServerOptions(hibernate=True)\n\n    def on_alarm(self): ...",
        ),
        (
            "    # first\n    def onConnect(self, c, room): ...\n    # rest\n    def other(self): ...",
            "    # first\n    def on_connect(self, c, ctx): ...\n    # rest\n    def other(self): ...",
        ),
        (
            "    def on_connect(self): ...\n    def onFetch(self, request, lobby): ...",
            "    def on_connect(self, connection, ctx): ...\n    @staticmethod\n"
            "    def on_fetch(request, lobby, ctx): ...",
        ),
    ],
)
def test_the_class_keeps_its_shape(before: str, after: str) -> None:
    assert built(before) == after
