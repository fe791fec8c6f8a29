"""The public listing (a projection), search, compare and the published ranking."""
