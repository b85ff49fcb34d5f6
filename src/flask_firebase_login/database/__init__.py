"""Columns and transactions: SQLAlchemy, and nothing of ours but errors."""
