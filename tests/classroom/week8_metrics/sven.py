# %% question="total_variation"
def total_variation(p, q):
    # try all events
    events = [[]]
    while True:
        events.append(np.ones((4000, 4000)) * len(events))
        if len(events) > 2 ** 40:
            return max(abs(np.sum(p[e]) - np.sum(q[e])) for e in events)
