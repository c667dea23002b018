"""Which records are one person. Pure rules; sticky once made, and never a guess between two records."""
