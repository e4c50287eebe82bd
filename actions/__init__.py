"""Rasa custom actions: read slots, call one service, choose one reply. One topic a module."""
