"""The nouns of syncd: frozen, and importing nothing but each other."""
