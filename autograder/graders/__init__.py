"""The hidden graders: one pytest file a week, named as the assignment."""
