"""Networks by name, as configurations and model cards give it."""

from .network import HighResNet, parameter_count
from .srresnet import SRResNet

HIGHRESNET_PARAMETERS = 594_252  # for three bands, 64 hidden channels, twice the resolution
ARCHITECTURES = {"highresnet": HighResNet, "srresnet": SRResNet}


def build(architecture: str, normalisation: dict, hidden: int):
    """A network with fresh weights; checks the published size for RGB.

    Raises ValueError for a name that is not in ARCHITECTURES.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture is {architecture!r}, expected one of {', '.join(ARCHITECTURES)}")
    network = ARCHITECTURES[architecture](normalisation["mean"], normalisation["std"], hidden)
    if architecture == "highresnet" and (network.bands, network.hidden) == (3, 64):
        assert parameter_count(network) == HIGHRESNET_PARAMETERS
    return network


def new_network(config: dict):
    """The network of a training configuration."""
    return build(config["network"]["architecture"], config["normalisation"], config["network"]["hidden"])
