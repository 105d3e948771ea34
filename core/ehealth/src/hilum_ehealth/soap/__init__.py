"""SOAP 1.1 over verified TLS: exact bytes out, bounded answers in, faults with their meaning."""
