"""Address books and calendars: cards and events leave, or are left by a person, and no other line changes a byte."""
