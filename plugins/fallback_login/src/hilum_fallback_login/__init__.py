"""eHealth sessions opened with the keystore alone, and log-in by name and password, for Hilum."""
