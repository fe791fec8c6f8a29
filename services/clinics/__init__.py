"""The tenant: profile, locations, rooms, devices, team and roles, checklist, submission."""
