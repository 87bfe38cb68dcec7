"""What lies with others, or on paper: processors, binders and providers of backups, whom a person must ask.

`asking.py` puts the question into a case, `book.py` numbers it as a task, `letter.py` words it, `done.py` closes it.
"""
