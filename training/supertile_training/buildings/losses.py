"""What a building map costs."""

from torch.nn import functional as F


def building_loss(logits, maps, setting: dict):
    """logits (n,2,S,S); maps (n,3,S,S): building, separation, weight -> scalar.

    Binary cross-entropy of the buildings, heavier on the ground between two
    of them; dice loss of the buildings; cross-entropy of the separation.
    Only where the weight is 1.
    """
    building, apart, weight = maps.unbind(1)
    weight = (weight > 0.999).float()
    total = weight.sum().clamp(min=1)
    heavier = weight * (1 + setting["gap_weight"] * apart)
    loss = (heavier * F.binary_cross_entropy_with_logits(logits[:, 0], building, reduction="none")).sum() / total
    p = logits[:, 0].sigmoid() * weight
    overlap = 2 * (p * building).sum() / (p.sum() + (building * weight).sum()).clamp(min=1)
    loss = loss + setting["dice"] * (1 - overlap)
    between = F.binary_cross_entropy_with_logits(logits[:, 1], apart, reduction="none")
    return loss + setting["separation"] * (weight * between).sum() / total


def taught_loss(logits, maps, setting: dict):
    """maps (n,6,S,S): the labels' three, then a teacher's building, separation, and 1 where it may be asked -> scalar.

    The labels' loss, and by `taught` of the whole the cross-entropy with the teacher's probabilities, counted twice so
    that both are about as large.
    """
    wanted, asked = maps[:, 3:5].clamp(0, 1), (maps[:, 5] > 0.999).float()
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    both = entropy[:, 0] + setting["separation"] * entropy[:, 1]
    soft = (asked * both).sum() / asked.sum().clamp(min=1)
    return (1 - setting["taught"]) * building_loss(logits, maps[:, :3], setting) + 2 * setting["taught"] * soft
