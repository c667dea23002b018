"""What people do about what went wrong: rows set aside, and runs taken back."""
