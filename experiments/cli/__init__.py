"""What all commands share: arguments, help, interrupts, exit codes."""
