"""Synthetic clinics at any size, written by COPY: who they are, what they offer, who came, and what was said of it.

The truth is made up here, a part of the clinics at a time; what follows from it (figures, listings, timers) comes
from the slices' own rules, so that a rebuild changes nothing. Nobody in it exists.
"""
