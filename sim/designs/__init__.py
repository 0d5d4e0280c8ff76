"""Who is treated in an experiment, and when? One design a file; ``base`` says what a design is."""
