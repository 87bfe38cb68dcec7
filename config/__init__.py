"""What an admin writes, and how it is read."""
