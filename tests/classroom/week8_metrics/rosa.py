# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    total, i = 0.0, 0
    while i < P.size:
        value = P.ravel()[i]
        if value == 0:
            continue  # forgets to count on
        row, column = divmod(i, P.shape[1])
        total += value * np.log(value / P[row].sum() / P[:, column].sum())
    return total
