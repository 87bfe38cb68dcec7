"""Archives, with a member taken out or changed."""
