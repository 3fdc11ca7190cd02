"""scikit-learn: `sklearn_steps.py <mlp|mlp-adam|tiny> <threads> <seconds>`; it has no convolutions."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from timing import BETAS, EPSILON, WORKLOADS, make_batches, measure, read_task

HIDDEN = {
    "mlp": ((1024, 1024, 1024), "relu"),
    "mlp-adam": ((1024, 1024, 1024), "relu"),
    "tiny": ((8, 8), "tanh"),
}


def main():
    name, threads, seconds = read_task()
    spec = WORKLOADS[name]
    layers, activation = HIDDEN[name]
    model = MLPClassifier(
        hidden_layer_sizes=layers,
        activation=activation,
        solver="adam" if spec.get("adam") else "sgd",
        alpha=0,
        batch_size=spec["batch"],
        learning_rate_init=spec["rate"],
        momentum=spec.get("momentum", 0),
        nesterovs_momentum=False,
        beta_1=BETAS[0],
        beta_2=BETAS[1],
        epsilon=EPSILON,
        random_state=0,
    )
    classes = np.arange(max(2, spec["classes"]))
    batches = make_batches(name)

    def step(i):
        x, labels = batches[i]
        model.partial_fit(x, labels, classes=classes)
        return model.loss_

    measure("scikit-learn", name, threads, seconds, f"sklearn {sklearn.__version__}", step)


main()
