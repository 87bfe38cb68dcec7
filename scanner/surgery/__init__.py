"""Taking one person's records out of an item while all else stays as it was."""
