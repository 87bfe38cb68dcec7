"""Folders and file stores."""
