"""The moderators' workspace and the engine room."""
