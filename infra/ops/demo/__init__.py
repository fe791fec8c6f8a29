"""The demo world: twelve clinics in four real cities with people who do not exist, lived through the services."""
