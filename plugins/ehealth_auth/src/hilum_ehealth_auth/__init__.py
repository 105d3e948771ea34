"""eHealth sessions opened with the Belgian identity card."""
