"""Running a module's source as a party, in whichever form it is."""

from __future__ import annotations

import sys
import types
import warnings

from partyserver import Host, PartyServer
from pkcompat import legacy_to_class
from pkcompat.in_process_transport import InProcessTransport
from pkcompat.player import play
from pkcompat.traffic import Traffic
from pkcompat.transcript import Transcript
from pkcompat.virtual_time import VirtualClock, run_in_virtual_time


def party_of(source: str, export: str) -> type[PartyServer]:
    """The party of a module's source; an empty export is its `default`, else the module itself."""
    module = types.ModuleType("party_under_test")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old names warn
        exec(compile(source, "party_under_test.py", "exec"), module.__dict__)
        exported = getattr(module, export) if export else getattr(module, "default", module)
        return legacy_to_class(exported)


def transcript_of(party: type[PartyServer], traffic: Traffic) -> Transcript:
    """What clients see of a party under some traffic, in-process and in virtual time."""

    async def main() -> Transcript:
        async with InProcessTransport(Host({"main": party}, debug=True, clock=VirtualClock())) as transport:
            return await play(traffic, transport)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return run_in_virtual_time(main())
