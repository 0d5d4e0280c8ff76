"""What a file of bookings says about its clients and pros, and how like the file a market is."""
