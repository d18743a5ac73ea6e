"""What the command line does beside opening the console: one file a command."""
