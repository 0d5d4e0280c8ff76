"""From a team's own bookings to the numbers of a market."""
