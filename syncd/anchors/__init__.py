"""Checkpoints of the ledger: signed, sent outside, and held against it."""
