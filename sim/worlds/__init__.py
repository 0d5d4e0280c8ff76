"""What markets are plausible, and does a decision hold in all of them? On bare arrays and what a market may hold."""
