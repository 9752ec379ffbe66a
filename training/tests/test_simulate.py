import torch

from supertile_training import scenes
from supertile_training.batches import Batches, brightened
from supertile_training.scenes import Place
from supertile_training.settings import CLEAR, HARD
from supertile_training.simulate import MARGIN, Dice, simulate


def test_same_seed_and_step_give_the_same_batch(small_config, groups):
    first, second = Batches(groups, small_config), Batches(groups, small_config)
    for step in (0, 5):
        a, b = first[step], second[step]
        assert torch.equal(a.views, b.views) and torch.equal(a.valid, b.valid) and torch.equal(a.truth, b.truth)
    assert not torch.equal(first[1].truth, first[2].truth)


def test_batches_have_one_to_sixteen_views_and_finite_values(small_config, groups):
    batches, seen = Batches(groups, small_config), set()
    for step in range(60):
        batch = batches[step]
        seen.add(batch.views.shape[1])
        assert torch.isfinite(batch.views).all() and batch.views.min() >= 0
        assert batch.truth.shape[-2:] == (24, 24) and batch.views.shape[-2:] == (12, 12)
        assert batch.valid.shape == batch.views.shape[:2] + (12, 12)
    assert {1, 2, 3, 4, 8} <= seen and max(seen) <= 16


def test_anchor_is_unshifted_and_the_rest_clearest_first():
    fine = torch.rand(2, 3, 40 + 2 * MARGIN, 48 + 2 * MARGIN) * 0.2
    batch = simulate(fine, fine, 8, HARD | {"cloud_chance": 1.0}, Dice(2))
    assert batch.shifts[:, 0].abs().max() == 0
    clear = batch.valid[:, 1:].flatten(2).sum(2)
    assert (clear.diff(dim=1) <= 0).all()
    assert batch.shifts[:, 1:].abs().max() <= 1


def test_clear_setting_hides_nothing_and_keeps_the_anchor_radiometry():
    fine = torch.full((1, 3, 32 + 2 * MARGIN, 32 + 2 * MARGIN), 0.15)
    batch = simulate(fine, fine, 4, CLEAR, Dice(2))
    assert batch.valid.all()
    assert (batch.views[:, 0] - 0.15).abs().max() < 6 * 0.0015
    assert torch.equal(batch.truth, fine[..., MARGIN:-MARGIN, MARGIN:-MARGIN])


def flat(value: float, *size):
    return torch.full((*size, 3, 32 + 2 * MARGIN, 32 + 2 * MARGIN), value)


def brightness(batch):
    """(B,K) mean of each view, to 0.01."""
    return (batch.views.mean((2, 3, 4)) * 100).round() / 100


def test_views_look_at_several_other_dates_where_there_are_some():
    dates = torch.stack([flat(v, 2) for v in (0.2, 0.3, 0.4)], dim=1)
    batch = simulate(flat(0.1, 2), dates, 16, CLEAR | {"second_date_all_chance": 1.0}, Dice(4))
    assert (brightness(batch)[:, 0] == 0.1).all()
    for scene in brightness(batch)[:, 1:]:
        assert {round(float(v), 1) for v in scene} == {0.2, 0.3, 0.4}


def test_views_lie_part_of_the_way_to_the_other_date():
    setting = CLEAR | {"second_date_all_chance": 1.0, "second_date_least": 0.5}
    other = brightness(simulate(flat(0.1, 3), flat(0.3, 3), 16, setting, Dice(5)))[:, 1:]
    assert other.min() >= 0.18 and other.max() <= 0.32 and other.std() > 0.02


def test_views_that_agree_show_the_very_same_ground():
    setting = CLEAR | {"shift": 0.0, "gain": 0.0, "offset": 0.0, "noise": [1e-9, 1e-9], "second_date_chance": 1.0,
                       "second_date_share": 0.5, "second_date_least": 0.2, "second_date_agree_chance": 1.0}
    dates = torch.stack([flat(level, 1)[0] for level in (0.2, 0.3, 0.4)]).unsqueeze(0)
    views = simulate(flat(0.1, 1), dates, 16, setting, Dice(4)).views.mean((0, 2, 3, 4))
    others = views[(views - 0.1).abs() > 1e-4]
    assert 2 <= len(others) < 15
    assert (others - others[0]).abs().max() < 1e-5
    apart = simulate(flat(0.1, 1), dates, 16, setting | {"second_date_agree_chance": 0.0}, Dice(4)).views.mean((0, 2, 3, 4))
    assert apart[(apart - 0.1).abs() > 1e-4].std() > 0.01


def test_bright_ground_is_the_same_on_all_dates_and_keeps_the_texture():
    texture = 0.1 + 0.02 * torch.rand(3, 40, 40)
    levels = []
    for seed in range(30):
        bright = brightened(torch.stack([texture, texture]), {"bright_chance": 1.0, "bright_level": 1.2}, Dice(seed))
        assert torch.equal(bright[0], bright[1]) and bright.min() >= 0.001
        levels.append(float(bright.mean()))
        if levels[-1] > 0.4 and float(bright[0].std((1, 2)).max()) < 0.05:  # bright as a whole
            both = torch.stack([texture[0].flatten(), bright[0, 0].flatten()])
            assert torch.corrcoef(both)[0, 1] > 0.99
    assert max(levels) > 0.9 and min(levels) < 0.5
    assert torch.equal(brightened(texture[None], {"bright_chance": 0.0}, Dice(1))[0], texture)


def test_some_scenes_are_nearly_still():
    reach = [simulate(flat(0.1, 1), flat(0.1, 1), 16, CLEAR | {"still_chance": 0.5}, Dice(seed)).shifts.abs().max()
             for seed in range(20)]
    assert 3 < sum(bool(r <= 0.5) for r in reach) < 17 and max(reach) > 0.8


def test_held_out_cities_are_never_trained_on(monkeypatch):
    read = lambda data, names=None: [Place(n, [], False) for n in names or (*scenes.HELD_OUT, "bordeaux")]
    monkeypatch.setattr(scenes, "cities", read)
    for other in ("patches", "boadella", "belgium"):
        monkeypatch.setattr(scenes, other, lambda data: [])
    assert [p.name for p in scenes.training_groups(None)["cities"]] == ["bordeaux"]
    assert [p.name for p in scenes.held_out(None)] == ["montpellier", "pisa", "beihai", "rio"]
