"""A file of bookings, read as it comes: what it is, which column is what, and what was wrong with it."""
