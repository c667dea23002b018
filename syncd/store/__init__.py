"""What syncd remembers: one SQLite file, or the same tables on PostgreSQL.

Each module owns its tables and offers free functions that take a connection inside a transaction. This package
imports nothing by itself, so that `syncd --help` never loads a database library.
"""
