"""What runs beside the loop on threads of its own, and the thread that they share the shape of."""
