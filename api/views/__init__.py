"""What a page and a route both say of the store: one place for each answer, in the API's own types."""
