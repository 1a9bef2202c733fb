"""Makes the shipped classifier. Needs the extra ``train`` (torch); nothing outside imports it."""
