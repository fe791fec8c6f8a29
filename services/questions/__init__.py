"""Questions to a clinic before anything is booked, each with its thread of answers."""
