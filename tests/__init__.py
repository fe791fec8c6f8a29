"""Tests, mirroring the house; facts are proved through public interfaces on real PostgreSQL and Redis."""
