import pytest
import torch

from supertile_training.scenes import Place
from supertile_training.splits import SUBSETS, first_period, one_part, part, training_part


def test_parts_cover_a_scene_and_do_not_overlap():
    fine = torch.arange(50 * 41, dtype=torch.float32).view(1, 50, 41)
    pixels = [set(part(fine, s).flatten().tolist()) for s in SUBSETS]
    assert sum(map(len, pixels)) == len(set.union(*pixels)) == 50 * 41
    assert part(fine, "train").shape == (1, 40, 41) and part(fine, "validation").shape == (1, 10, 20)
    with pytest.raises(ValueError, match="'all'"):
        part(fine, "all")


def places():
    return {"cities": [Place(n, [torch.rand(3, 50, 40) for _ in range(2)], True) for n in ("a", "b")],
            "patches": [Place("patch0", [torch.rand(3, 64, 64)], False)]}


def test_training_sees_the_upper_part_and_the_first_period():
    kept = training_part(places(), {"within_scene": True, "other_period": ["b"]})
    a, b = kept["cities"]
    assert a.dates[1].shape == (3, 40, 40) and a.paired and len(a.dates) == 2
    assert len(b.dates) == 1 and not b.paired
    assert kept["patches"][0].dates[0].shape == (3, 64, 64)
    groups = places()
    assert training_part(groups, None) is groups


def test_a_misspelt_city_is_named():
    with pytest.raises(ValueError, match="names c: not among"):
        training_part(places(), {"other_period": ["c"]})
    assert one_part(first_period(places()["cities"][0]), "test").dates[0].shape == (3, 10, 20)


def test_held_out_places_take_part_with_the_top_of_their_first_date():
    held = [Place("h", [torch.rand(3, 50, 40) for _ in range(2)], True)]
    kept = training_part(places(), {"held_out_tops": True}, held)
    *others, top = kept["cities"]
    assert [p.name for p in others] == ["a", "b"] and top.name == "h" and not top.paired
    assert len(top.dates) == 1 and torch.equal(top.dates[0], held[0].dates[0][:, :40])
    assert [p.name for p in training_part(places(), {"within_scene": False}, held)["cities"]] == ["a", "b"]
