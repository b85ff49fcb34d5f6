from shared_sites import clock, order, share_site

__all__ = ["clock", "order", "share_site"]
