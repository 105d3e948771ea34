"""The contract between Hilum and its plugins: hook specifications, types, ports, errors."""
