"""What the page says of the study ``experiment=programmes``, one module a section; it goes with that study."""
