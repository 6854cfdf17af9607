"""What functions of the standard library do with the values that they are handed. Data."""

from __future__ import annotations

import sys

# Give back their first argument's elements in a new container.
COPIES = frozenset(
    f"builtins.{name}" for name in ("list", "set", "frozenset", "tuple", "sorted", "reversed", "iter")
) | {
    "random.sample",
    "random.choices",
    "collections.deque",
    "weakref.WeakSet",
    "itertools.chain",
    "itertools.islice",
    "itertools.cycle",
    "asyncio.gather",
    "copy.copy",
    "copy.deepcopy",
}
# Make a container of what they are called with.
CONTAINERS = frozenset(
    {
        "builtins.dict",
        "collections.OrderedDict",
        "collections.defaultdict",
        "weakref.WeakKeyDictionary",
        "weakref.WeakValueDictionary",
    }
)
# Give back one of the elements of their first argument.
ELEMENTS = frozenset({"builtins.next", "builtins.min", "builtins.max", "random.choice"})
# Give back their first argument, or what it becomes when awaited.
SAME = frozenset(
    {
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.wait_for",
        "asyncio.shield",
        "builtins.aiter",
        "builtins.anext",
    }
)
# Call the function at this position with the arguments behind it.
CALLERS = {
    "functools.partial": 0,
    "asyncio.to_thread": 0,
    "contextvars.copy_context": 0,
    "atexit.register": 0,
    "_thread.start_new_thread": 0,
}
CALLER_METHODS = {
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "run_in_executor": 1,
    "submit": 0,
}
# Call their first argument with the elements of the others.
MAPPERS = frozenset({"builtins.map", "builtins.filter", "itertools.starmap", "itertools.filterfalse"})
# Reach attributes by a name that only shows when they run.
BY_NAME = frozenset({"builtins.getattr", "builtins.setattr", "builtins.hasattr", "builtins.delattr"})
# See or change names of the function that calls them.
INTROSPECTION = frozenset(
    {"builtins.locals", "builtins.vars", "builtins.dir", "builtins.eval", "builtins.exec"}
)

_MODULES = frozenset(sys.stdlib_module_names) | {"builtins"}


def is_standard(name: str) -> bool:
    """Whether something comes with Python, and so knows nothing of rooms."""
    return name.partition(".")[0] in _MODULES
