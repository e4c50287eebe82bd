from tests.messaging import messaging, messaging_apps, messaging_database, sandbox

__all__ = ["messaging", "messaging_apps", "messaging_database", "sandbox"]
