"""What the page says of the study ``experiment=interplay``, one module a section; it goes with that study."""
