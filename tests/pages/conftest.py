from sites import clock, database_url, device, make_site, other_device, site, transport

__all__ = ["clock", "database_url", "device", "make_site", "other_device", "site", "transport"]
