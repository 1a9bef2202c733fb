"""REST under /api/v1 and the machine's own pages, one file per resource."""
