"""The server: uvicorn, reloading, logs, storage."""

from pkcompat.serving.admin_address import TOKEN, guarded, listen_for_admin
from pkcompat.serving.cluster_choice import TRIAL, ClusterOptions, choose_cluster, joining
from pkcompat.serving.loopback_only import LoopbackOnly
from pkcompat.serving.plan import LogFormat, LogLevel, ServeOptions, ServePlan, make_plan
from pkcompat.serving.reloading import ProjectFilter, Reloader, watched_folders
from pkcompat.serving.request_log import RequestLog
from pkcompat.serving.server import (
    LOOPBACK,
    STOP_SIGNALS,
    Address,
    Grace,
    address_of,
    listen,
    serve,
    serving,
    uvicorn_config,
)
from pkcompat.serving.socket_watch import WatchedSocket
from pkcompat.serving.storage_choice import choose_file, open_storage
from pkcompat.serving.unavailable import Unavailable

__all__ = [
    "LOOPBACK",
    "STOP_SIGNALS",
    "TOKEN",
    "TRIAL",
    "Address",
    "ClusterOptions",
    "Grace",
    "LogFormat",
    "LogLevel",
    "LoopbackOnly",
    "ProjectFilter",
    "Reloader",
    "RequestLog",
    "ServeOptions",
    "ServePlan",
    "Unavailable",
    "WatchedSocket",
    "address_of",
    "choose_cluster",
    "choose_file",
    "guarded",
    "joining",
    "listen",
    "listen_for_admin",
    "make_plan",
    "open_storage",
    "serve",
    "serving",
    "uvicorn_config",
    "watched_folders",
]
