"""Where data lives. The ground floor: imports nothing from `config` or `scanner`."""
