"""What holds a run back: a pause, the budget of calls, and what only a look at the past shows."""
