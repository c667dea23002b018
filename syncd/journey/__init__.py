"""The reports: what happened to one person, how many went how far, and what state everything is in. Read only."""
