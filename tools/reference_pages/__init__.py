"""One module for each page that ``tools/reference.py`` writes."""
