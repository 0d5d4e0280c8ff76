"""A file of bookings as a command names it: opened, its columns found, and what is in it."""
