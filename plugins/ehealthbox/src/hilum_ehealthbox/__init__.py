"""The eHealthBox for Hilum: last synchronisation and messages."""
