from terminal import clock, site

__all__ = ["clock", "site"]
