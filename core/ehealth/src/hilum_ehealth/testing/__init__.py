"""What tests of eHealth software need: made-up certificates and tokens, never real ones."""
