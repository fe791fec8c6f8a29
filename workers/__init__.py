"""Dramatiq: which event wakes which actors, the actors, and the relay that hands work to them."""
