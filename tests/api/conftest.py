from sites import carrier, clock, database_url, device, make_site, other_device, site

__all__ = ["carrier", "clock", "database_url", "device", "make_site", "other_device", "site"]
