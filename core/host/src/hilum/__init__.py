"""Open, Java-free access to the Belgian eHealth platform: the host and its command line."""
