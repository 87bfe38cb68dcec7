"""Real servers on loopback for the tests, one file a server. Each ends with the process that began it."""
