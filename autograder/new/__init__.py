"""A new week: its name, its files, its lines in ``course_config.py``, and a skeleton to begin with."""
