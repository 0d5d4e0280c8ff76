"""How visible is a pro? One policy a file; ``base`` says what a policy is."""
