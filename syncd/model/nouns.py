"""The house's nouns are made as those of the connectors are."""

from connectors.nouns import dataclass

__all__ = ["dataclass"]
