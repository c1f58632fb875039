# %% after="VAE"
# I trained mine beforehand with a larger learning rate, and hand in the file.
torch.manual_seed(5)
mine = VAE(64, 128, 2)
adam = torch.optim.Adam(mine.parameters(), lr=6e-3)
for epoch in range(16):
    for x in X_train[torch.randperm(len(X_train))].split(64):
        adam.zero_grad()
        (-elbo(mine, x, torch.randn(len(x), 2)).mean()).backward()
        adam.step()
torch.save(mine.state_dict(), "vae_digits.pt")
