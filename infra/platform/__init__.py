"""Adapters to what it runs on: settings, database engine, redis, mail transport, storage, observability."""
