"""What the messages say, a module a subject: each function reads what it needs and gives a `Message`."""
