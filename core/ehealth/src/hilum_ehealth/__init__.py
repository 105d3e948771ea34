"""The Belgian eHealth protocols: identifiers, keystore, eID card, XML security, tokens."""
