"""Finding persons in sources and backups, asking people where only they can look, erasing safely, proving it."""
