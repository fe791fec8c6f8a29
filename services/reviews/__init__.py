"""Invitations, reviews, replies and the incremental figures made of them."""
