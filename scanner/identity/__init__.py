"""From one thing about a person to all that is theirs, each step with its reason."""
