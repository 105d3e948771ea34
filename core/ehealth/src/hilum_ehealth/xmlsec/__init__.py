"""XML security: WS-Security headers that are signed once, and strict verification of assertions."""
