"""The exchange service: releases, submissions and feedback where every container has the same uid.

`store` keeps what was sent and decides who may have it; `service` is its face on the network, behind JupyterHub;
`python -m autograder.exchange` starts it. What students install is `course_exchange`.
"""
