"""What the page says about the study ``experiment=programmes``, one module a section; it goes with that study."""
