"""The phone page: what a phone would show, for trying the product out without a provider."""
