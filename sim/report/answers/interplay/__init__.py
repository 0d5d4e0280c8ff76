"""What the page says about the study ``experiment=interplay``, one module a section; it goes with that study."""
