"""The Belgian eHealth protocols in Python: identifiers, keystore, eID card, XML security, session tokens."""
