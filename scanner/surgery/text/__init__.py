"""Texts and web pages: a passage of one person is replaced by a neutral mark."""
