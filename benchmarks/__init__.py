"""Measurements behind every figure the project claims."""
