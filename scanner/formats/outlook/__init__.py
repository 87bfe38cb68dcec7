"""Outlook's own formats, over MAPI."""
