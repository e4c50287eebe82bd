"""Rasa Open Source and the components that run inside it: the only place where `rasa` is imported."""
