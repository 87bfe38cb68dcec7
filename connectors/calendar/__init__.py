"""Calendars on servers."""
