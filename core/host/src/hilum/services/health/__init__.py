"""The doctor: looks at everything a session needs and names the first cause of each trouble."""
