"""The messaging side: what comes in from phones, the turn, and what goes out again."""
