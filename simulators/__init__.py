"""A seeded virtual neighbourhood that drives the real edge code."""
