"""The connection to the broker: packets in and out, acknowledgements, receipts, alerts."""
