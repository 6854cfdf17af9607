"""`Host.admin`: health, metrics, rooms, actions and a page for whoever operates a host."""

from partyserver.admin.app import admin_app
from partyserver.admin.operated_host import OperatedHost, Problem
from partyserver.admin.page import PAGE

__all__ = ["PAGE", "OperatedHost", "Problem", "admin_app"]
