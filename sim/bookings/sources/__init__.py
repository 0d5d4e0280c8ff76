"""What a file, a folder, a database or a frame is, and the table that it holds."""
