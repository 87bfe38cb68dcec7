"""Small programs of the house: the demo."""
