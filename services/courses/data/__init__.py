"""Packaged question sets and consent texts: versioned, dated, each question with the source of its rule."""
