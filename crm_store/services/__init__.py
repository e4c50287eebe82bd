"""What can be done: one deed a function, in the caller's transaction, every change written to the history."""
