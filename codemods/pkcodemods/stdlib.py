"""What functions of the standard library do with their arguments. Data."""

from __future__ import annotations

import collections
import contextvars
import queue
import sys
import types
import weakref

# Return their first argument's elements in a new container.
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
    "itertools.batched",
    "heapq.nlargest",
    "heapq.nsmallest",
    "asyncio.as_completed",
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
# Hold what is put into them later.
EMPTY = frozenset(
    {
        *(f"asyncio.{name}" for name in ("Queue", "LifoQueue", "PriorityQueue", "Future")),
        *(f"queue.{name}" for name in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")),
        "contextvars.ContextVar",
    }
)
# Give the elements of their arguments in pairs.
PAIRS = frozenset({"builtins.enumerate", "builtins.zip", "itertools.zip_longest", "itertools.product"})
# Return one of the elements of their first argument.
ELEMENTS = frozenset({"builtins.next", "builtins.min", "builtins.max", "random.choice"})
# Return their first argument, or what awaiting it returns.
SAME = frozenset(
    {
        "copy.copy",
        "copy.deepcopy",
        "contextlib.nullcontext",
        "contextlib.closing",
        "contextlib.aclosing",
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.wait_for",
        "asyncio.shield",
        "builtins.aiter",
        "builtins.anext",
    }
)
EXIT_STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
# Methods of these that enter their argument.
ENTERING = frozenset(
    f"{stack}().{method}" for stack in EXIT_STACKS for method in ("enter_context", "enter_async_context")
)
# Call the function at this position with the arguments behind it.
CALLERS = {
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
TAKERS = frozenset({"builtins.filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile"})
MAPPERS = frozenset({"builtins.map", "itertools.starmap"}) | TAKERS
# Call a function argument with elements of another: its position, where it has one, besides `key=`.
CALLS_BACK: dict[str, int | None] = {
    **dict.fromkeys(MAPPERS, 0),
    **dict.fromkeys(f"builtins.{name}" for name in ("sorted", "min", "max")),
    "functools.reduce": 0,
    "itertools.groupby": 1,
}
# Reach attributes by a name that only shows when they run.
BY_NAME = frozenset({"builtins.getattr", "builtins.setattr", "builtins.hasattr", "builtins.delattr"})
# Reach or change names that only show when they run.
INTROSPECTION = frozenset(
    f"builtins.{name}" for name in ("locals", "vars", "dir", "eval", "exec", "globals", "__import__")
) | {"importlib.import_module"}

_MODULES = frozenset(sys.stdlib_module_names) | {"builtins"}


def is_standard(name: str) -> bool:
    """Whether something comes with Python, and so knows nothing of rooms."""
    return name.partition(".")[0] in _MODULES


# What containers of any type have; other attributes none of them has.
CONTAINER_ATTRIBUTES = frozenset(
    name
    for kind in (
        *(list, tuple, dict, set, frozenset, contextvars.ContextVar),
        *(queue.Queue, queue.SimpleQueue),
        *(collections.ChainMap, collections.Counter, collections.OrderedDict, collections.defaultdict),
        *(collections.UserDict, collections.UserList, collections.deque),
        *(types.AsyncGeneratorType, types.GeneratorType, types.MappingProxyType),
        *(weakref.WeakKeyDictionary, weakref.WeakSet, weakref.WeakValueDictionary),
    )
    for name in dir(kind)
) | {"add_done_callback", "exception", "result", "set_exception", "set_result"}  # asyncio.Future's

# Give the frames of those who call.
FRAME_READERS = frozenset(
    {
        "inspect.currentframe",
        "inspect.stack",
        "inspect.trace",
        "sys._getframe",
        "sys._current_frames",
        "traceback.walk_stack",
        "traceback.extract_stack",
    }
)
