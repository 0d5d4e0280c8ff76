"""What a platform does beside allocation so that clients come back. One programme a file."""
