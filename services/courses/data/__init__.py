"""Packaged data of courses, each with its source: red flags of check-ins, emergency numbers, words of release."""
