"""What the rooms need of a store, as protocols and plain rows; `stores` makes them real.

`operational`: what ingest commits and the API reads. `history`: telemetry over time. `photos`: JPEG by hash.
"""
