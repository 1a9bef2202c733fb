"""Says how good the classifier is: its answers on labelled photos, and the figures that follow."""
