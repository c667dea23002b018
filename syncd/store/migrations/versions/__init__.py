"""One module per step, in order; a step that was released never changes."""
