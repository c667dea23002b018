"""What is said to people about clauses and proofs, in the language of syncd.yaml: the same sentences everywhere."""
