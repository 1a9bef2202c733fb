"""REST, the live stream and the pages for the property manager."""
