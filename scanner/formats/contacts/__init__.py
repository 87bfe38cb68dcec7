"""Contacts and calendars."""
