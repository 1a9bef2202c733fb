"""Alerts: what they are (state), when they come (rules), and the one function that decides (evaluate)."""
