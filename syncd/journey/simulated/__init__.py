"""Two versions of the definitions over the same history: what one would have decided otherwise than the other."""
