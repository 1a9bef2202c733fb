"""The language linli's rooms share: waste, topics, events, inventory, verdicts, alerts, compliance, ports.

Nothing here opens a file or a socket or reads a clock; time is an argument.
"""

__version__ = "0.1.0"
