"""What runs on the bin or the camera: sense, classify, keep, publish."""
