"""`Host.admin`: health, metrics, rooms and actions for whoever operates a host."""

from partyserver.admin.app import admin_app
from partyserver.admin.operated_host import OperatedHost, Problem

__all__ = ["OperatedHost", "Problem", "admin_app"]
