"""How fast, how dear and how small the real processes are, beside a stock Rasa assistant: `make bench`."""
