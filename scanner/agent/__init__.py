"""`gallra run`: scans by schedule and when files change, and what holds, rules and deadlines ask for at night."""
