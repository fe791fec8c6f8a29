"""A person's own data: what is declared of every table, export, erasure, and retention by time."""
