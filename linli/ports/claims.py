"""Who does what, where several ingests share the work."""

from typing import Protocol

EVERYTHING = "*"
"""The share of one that does it all: nobody else may own a community then."""
DUTIES = "@duties"
"""What is done once, however many there are: forwarding, alerts to the outside, pruning."""


class Claims(Protocol):
    """A process owns what it has claimed for as long as the connection on which it writes stands."""

    def claim(self, shares: frozenset[str]) -> int:
        """Own all of these (communities, EVERYTHING, DUTIES), or none of them when another owns one: then 0.

        Again for what is owned already, to see that it still is: the same number then, and another when it
        had to be taken anew, for in between it may have been another's. Once something was claimed, `commit`
        raises NotOwner on a connection that does not hold it. Raises StoreUnavailable.
        """
