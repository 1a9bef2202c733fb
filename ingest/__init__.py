"""From the broker to the store: each event once, alerts raised, receipts sent."""
