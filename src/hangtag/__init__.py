"""Hangtag: trustworthy typed tags for e-commerce catalogues."""
