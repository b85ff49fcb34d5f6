"""What answers programs: the JSON endpoints."""
