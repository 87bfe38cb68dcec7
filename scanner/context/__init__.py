"""The matched text in context, read live for the screen and never kept."""
