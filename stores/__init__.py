"""Where things are kept: the ports of linli made real."""
