"""Finding persons, erasing safely, proving it."""
