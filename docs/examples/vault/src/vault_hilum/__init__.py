"""Certificates out of a folder of the practice, beside those that Hilum imports."""
