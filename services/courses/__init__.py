"""Plans of sessions, session records, aftercare and check-ins."""
