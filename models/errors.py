"""What is raised to whoever gave a photo."""


class UnreadablePhotoError(ValueError):
    """The bytes are no photo that can be read whole and safely."""
