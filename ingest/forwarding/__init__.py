"""Stored events as points in a time-series store, however often it is away."""
