"""The import surface of old modules, such as `from partykit.server import PartyKitRoom`."""
