"""Working time, availability, bookings and their claims on people, rooms and devices, calendar files."""
