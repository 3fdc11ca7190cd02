"""PyTorch: `torch_steps.py <workload> <threads> <seconds>`."""

import torch
from timing import WORKLOADS, make_batches, measure, read_task
from torch import nn

MODELS = {
    "mlp": lambda: nn.Sequential(
        nn.Linear(784, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 10),
    ),
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
    optimizer = torch.optim.SGD(model.parameters(), lr=spec["rate"], momentum=spec["momentum"])
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
