"""eHealth sessions opened with the keystore alone, for Hilum."""
