"""When something happened: two clocks and the order of the numbers give one answer, by a named reason."""
