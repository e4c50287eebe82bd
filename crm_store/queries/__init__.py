"""What can be asked: reading only, one question a function."""
