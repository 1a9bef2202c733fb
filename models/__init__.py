"""The waste classifier: the class that runs it, its artifacts, its measurement and its training."""
