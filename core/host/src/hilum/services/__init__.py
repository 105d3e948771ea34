"""The use cases: they return values, raise our errors, and know neither click nor Qt."""
