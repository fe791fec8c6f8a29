"""Pages anyone reads: home, guide, search, compare, listing, trust."""
