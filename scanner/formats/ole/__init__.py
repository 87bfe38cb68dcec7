"""OLE files: the container of old Office, and what lies in it."""
