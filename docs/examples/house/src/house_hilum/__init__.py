"""The records and the log-in of a practice's own software, in the place of Hilum's."""
