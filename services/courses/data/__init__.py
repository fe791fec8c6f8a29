"""Packaged data of courses: red flags of check-ins, and emergency numbers, each with its source."""
