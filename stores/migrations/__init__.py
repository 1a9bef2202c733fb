"""How the operational store's tables came to be, one file a step in `versions`."""
