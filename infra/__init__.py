"""What runs the code but is not it."""
