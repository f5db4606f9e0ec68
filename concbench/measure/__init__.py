"""Starts hosts, orders rounds, watches with psutil, decides when enough is enough."""
