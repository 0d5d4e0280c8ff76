"""What the page says about the study ``experiment=robust_order``; it goes with that study."""
