"""Stand-ins for the providers: small processes that are as strict as the real ones."""
