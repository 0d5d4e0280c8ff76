"""From a file of bookings to a market, with proof that the market is like the file."""
