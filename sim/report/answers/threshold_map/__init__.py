"""What the page says about the study ``experiment=threshold_map``; it goes with that study."""
