"""The shared definitions: their language, how they are evaluated and explained. Pure: no I/O, no clock."""
