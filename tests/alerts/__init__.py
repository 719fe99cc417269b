"""Alerts: planning, the outbox, sending to servers on loopback, crashes."""
