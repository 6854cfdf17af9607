"""Words that a module understands, as material for messages."""

from __future__ import annotations

from pkcompat.verify.words import read_vocabulary

SOURCE = '''
"""A docstring says nothing."""
import json

GREETING: "str" = "hello"
LIMIT = 3

def on_message(message, connection, room):
    """Nor does this."""
    if message.startswith("/nick "):
        name, _, rest = message.partition(" ")
    data = json.loads(message)
    kind = data["type"]
    if kind == "join" or data.get("type") in ("part", "quit"):
        room.connections
    elif "target" in data:
        connection.send(b"raw")
    match data:
        case {"op": "add" | "sub", "by": by}:
            pass

async def on_request(request, room):
    match request.method:
        case "PATCH":
            return request.headers.get("x-key"), request.query_params["token"]
    await room.storage.get("stored")

HANDLERS = {"roll": on_message}
default = {"onMessage": on_message, "onRequest": on_request}
'''


def test_everything_that_a_module_understands() -> None:
    vocabulary = read_vocabulary([SOURCE])
    assert vocabulary.compared == ("join", "part", "quit", "target", "add", "sub", "PATCH", "roll")
    assert vocabulary.prefixes == ("/nick ",)
    assert vocabulary.separators == (" ",)
    assert vocabulary.numbers == (3,)
    assert vocabulary.keys == ("type", "target", "op", "by")
    assert dict(vocabulary.values) == {
        "type": ("join", "part", "quit"),
        "op": ("add", "sub"),
    }
    assert vocabulary.headers == ("x-key",)
    assert vocabulary.queries == ("token",)
    assert vocabulary.methods == ("PATCH",)
    assert vocabulary.paths == ("/nick ",)
    assert vocabulary.reads_json
    assert vocabulary.reads_connections


def test_prose_types_and_handlers_names_are_no_words() -> None:
    words = read_vocabulary([SOURCE]).words
    assert {"hello", "stored", "raw"} < set(words)
    assert not [word for word in words if "docstring" in word or word in ("str", "onMessage")]


def test_several_modules_have_one_vocabulary() -> None:
    assert read_vocabulary(["x == 'a'", "x == 'b'"]).compared == ("a", "b")


def test_a_module_without_words() -> None:
    vocabulary = read_vocabulary(["pass"])
    assert not vocabulary.words
    assert not vocabulary.reads_json


def _module(body: str) -> str:
    return f"def on_message(message, connection, room):\n{body}\n\ndefault = {{'onMessage': on_message}}\n"


def test_sources_deeper_than_python_recurses_are_read() -> None:
    branches = (f"    elif message == 'w{number}':\n        pass\n" for number in range(1, 700))
    chain = "    if message == 'w0':\n        pass\n" + "".join(branches)
    assert read_vocabulary([_module(chain)]).compared == tuple(f"w{number}" for number in range(700))
    terms = " + ".join(f"'t{number}'" for number in range(1_000))
    calls = "".join(f".replace('{number}', '')" for number in range(400))
    vocabulary = read_vocabulary([_module(f"    connection.send({terms} + str(message){calls})")])
    assert vocabulary.words[:1_000] == tuple(f"t{number}" for number in range(1_000))


def test_keys_are_known_within_their_function_alone() -> None:
    source = (
        "def f(data):\n    kind = data['kind']\n    def g():\n        kind = data['inner']\n"
        "        return kind == 'in'\n    return kind == 'out'\n\ndef h(kind):\n    return kind == 'other'\n"
    )
    assert read_vocabulary([source]).values == (("inner", ("in",)), ("kind", ("out",)))


def test_how_texts_are_taken_apart() -> None:
    vocabulary = read_vocabulary(
        [
            "name, x, y = m.split(';')",
            "if m[:4] == 'say ': pass",
            "match m.split(' '):\n    case ['add' | 'sub', by]: pass\n    case ['all', *rest]: pass",
            "m[4:].isdigit()",
        ]
    )
    assert vocabulary.arities == (3,)
    assert vocabulary.prefixes == ("say ",)
    assert vocabulary.shapes == (("add", None), ("sub", None), ("all",), ("all", None))
    assert vocabulary.reads_numbers
    assert read_vocabulary(["int(m)"]).reads_numbers
    assert not read_vocabulary(["m.upper()"]).reads_numbers


def test_what_the_values_of_keys_are_asked_to_be() -> None:
    vocabulary = read_vocabulary(
        [
            "actions = {'ask': ask, 'vote': vote}\n"
            "action = actions.get(data.get('type'))\n"
            "options = data['options']\n"
            "isinstance(options, list) and isinstance(data.get('minutes'), (int, float))\n"
        ]
    )
    assert vocabulary.values_of("type") == ("ask", "vote")
    assert vocabulary.kinds_of("options") == ("list",)
    assert vocabulary.kinds_of("minutes") == ("int", "float")
    assert vocabulary.kinds_of("type") == ()


def test_choices_are_what_something_is_asked_to_be_in() -> None:
    vocabulary = read_vocabulary(
        [
            'COLORS: tuple[str, ...] = ("red", "blue")\nSIZES = frozenset({"big"})\nROLES = {"host": 1}\n'
            "def f(c):\n"
            '    return c in COLORS, c not in SIZES, c in ROLES, c in ["x"]\n'
        ]
    )
    assert vocabulary.choices == ("red", "blue", "big", "host", "x")


def test_a_length_that_is_asked_for_is_a_number_of_parts() -> None:
    vocabulary = read_vocabulary(["def f(words):\n    return len(words) == 3 and len(words[0]) < 900\n"])
    assert vocabulary.arities == (3,)


def test_class_patterns_say_of_which_type_a_keys_value_is() -> None:
    source = 'def f(event):\n    match event:\n        case {"line": int(line)}:\n            return line\n'
    assert read_vocabulary([source]).kinds_of("line") == ("int",)
