"""Question sets, encrypted answers and their outcome, consents."""
