"""eHealth certificates for Hilum: find, inspect, import, keep, export."""
