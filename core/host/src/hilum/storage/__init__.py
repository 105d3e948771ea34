"""The common database: SQLAlchemy Core, one history of migrations per plugin."""
