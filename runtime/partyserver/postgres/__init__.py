"""A cluster kept in PostgreSQL, 15 or newer; needs the extra `cluster`."""
