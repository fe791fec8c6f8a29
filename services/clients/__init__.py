"""A clinic's own record of a person it treats."""
