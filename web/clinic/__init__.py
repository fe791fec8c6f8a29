"""The clinic's workspace."""
