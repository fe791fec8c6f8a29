"""The actors, a module a slice; each does one thing through a service."""
