"""What calendars and contacts on a DAV server have in common: finding them, walking them, and changing one item."""
