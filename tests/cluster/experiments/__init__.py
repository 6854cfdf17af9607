"""An experiment a module."""
