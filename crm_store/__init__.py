"""The case store: the truth about citizens, conversations, cases and readings."""
