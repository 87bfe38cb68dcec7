"""A case as one page of HTML that can be read and printed."""
