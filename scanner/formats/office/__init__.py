"""Office and its kin: zips of XML."""
