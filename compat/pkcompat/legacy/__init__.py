"""The object form of a party: reading it, and speaking the old names to its handlers."""
