"""What can go wrong while the parts are started, said in one line."""

from linli.errors import LinliError


class DeployError(LinliError):
    """The parts could not be started, or did not stay up."""
