"""The shared agreement of marketing and sales as people read it: in plain words, compared, and approved by both."""
