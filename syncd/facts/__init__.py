"""What the mirrored records of a person say: typed values over time, touches, opportunities. Pure."""
