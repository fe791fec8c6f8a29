"""Why and for how long something is kept, as data with source, date and version."""
