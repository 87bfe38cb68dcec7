"""Mail stores."""
