"""A real PostgreSQL and a real Redis-compatible server from Python wheels, for running without anything installed."""
