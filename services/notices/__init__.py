"""Every outgoing message as a row with a state."""
