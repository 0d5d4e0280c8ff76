"""How good is a pro? One definition a file; ``base`` says what a score is."""
