"""The public functions, which ``experiments`` offers by name, and what they give back."""
