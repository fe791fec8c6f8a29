"""Litestar: the composition root, one folder a face (public, client, clinic, admin, api), templates and assets."""
