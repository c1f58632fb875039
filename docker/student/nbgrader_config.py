from course_exchange import configure

configure(get_config())
