"""`pkcompat watch`: both forms live, side by side, in a browser."""

from pkcompat.watch.forms import Problem, WatchedForms, WatchPlan
from pkcompat.watch.server import serve_watch
from pkcompat.watch.traffic import WatchPace

__all__ = [
    "Problem",
    "WatchPace",
    "WatchPlan",
    "WatchedForms",
    "serve_watch",
]
