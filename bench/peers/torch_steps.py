"""PyTorch: `torch_steps.py <workload> <threads> <seconds>`."""

import torch
from timing import BETAS, EPSILON, WORKLOADS, make_batches, measure, read_task
from torch import nn



def mlp():
    return nn.Sequential(
        nn.Linear(784, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 10),
    )


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20_000, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.dense = nn.Linear(128, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(self.table(x))
        return self.dense(h[-1])


class EncoderBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(256, 8, 1024, dropout=0, batch_first=True)
        self.dense = nn.Linear(256, 10)

    def forward(self, x):
        return self.dense(self.block(x).mean(1))


MODELS = {
    "mlp": mlp,
    "mlp-adam": mlp,
    "cnn": lambda: nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    ),
    "lstm": Lstm,
    "transformer": EncoderBlock,
    "tiny": lambda: nn.Sequential(
        nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)
    ),
}


def main():
    name, threads, seconds = read_task()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    spec = WORKLOADS[name]
    model = MODELS[name]()
    if spec.get("adam"):
        optimizer = torch.optim.Adam(
            model.parameters(), lr=spec["rate"], betas=BETAS, eps=EPSILON
        )
    else:
        momentum = spec.get("momentum", 0)
        optimizer = torch.optim.SGD(model.parameters(), lr=spec["rate"], momentum=momentum)
    binary = spec["classes"] == 1
    # Both losses take the logits, which is the quickest way there is in torch.
    criterion = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss()

    batches = []
    for x, labels in make_batches(name):
        inputs = torch.from_numpy(x)
        if len(spec["input"]) == 3:
            inputs = inputs.permute(0, 3, 1, 2).contiguous()
        targets = torch.from_numpy(labels)
        batches.append((inputs, targets.float().unsqueeze(1) if binary else targets))

    def step(i):
        inputs, targets = batches[i]
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    measure("torch", name, threads, seconds, f"torch {torch.__version__}", step)


main()
