"""The eID card: the port that callers use, PKCS#11 in a process of its own, a card in software."""
