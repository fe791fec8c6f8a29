"""The steps of the journey through the API, and what a program remembers between them."""
