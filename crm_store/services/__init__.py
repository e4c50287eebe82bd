"""What can be done: one deed a function, in the caller's transaction. Every change is written to the history."""
