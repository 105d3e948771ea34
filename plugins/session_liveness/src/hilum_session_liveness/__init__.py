"""Watching an open eHealth session, for Hilum."""
