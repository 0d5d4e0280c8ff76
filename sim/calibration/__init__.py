"""What a file of bookings says of its clients and pros, and how like the file a market is."""
