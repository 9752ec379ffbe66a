"""Training batches from prepared scenes. Values tell the place: every view and the truth are ramps."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import torch
import yaml

from supertile_training.spacenet7 import Scene, SceneBatches, load_scene, load_scenes, stack
from supertile_training.spacenet7.batches import settings_of
from supertile_training.spacenet7.errors import DataError
from supertile_training.spacenet7.names import fixed_split
from supertile_training.spacenet7.scene import NO_DATA, save_scene
from supertile_training.train import Run, learning_material

TRAIN, TEST = "L15-1025E-1366N_4102_2726_13", "L15-0586E-1127N_2345_3680_13"
H, W = 120, 128  # the split's border lies at row 96, its middle at column 64


def ramp_scene(name: str, count: int, months=1, h=H, w=W) -> Scene:
    """Red is 0.002 x row, green 0.002 x column, blue 0.01 x the revisit's number; the truth is the same ramp / 255."""
    rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    counts = torch.stack([torch.stack([20 * rows, 20 * columns, torch.full((h, w), 100 * k)]) for k in range(count)])
    fine = torch.stack([rows, columns, torch.zeros_like(rows)]).repeat_interleave(2, 1).repeat_interleave(2, 2)
    return Scene(name, [date(2019, 12, 1) + timedelta(5 * k) for k in range(count)], counts.to(torch.int16),
                 torch.full((count, h, w), 4, dtype=torch.uint8), torch.ones(h, w, dtype=torch.bool),
                 [date(2019, 12, 1), date(2020, 1, 1)][:months], fine.to(torch.uint8).repeat(months, 1, 1, 1),
                 torch.ones(months, 2 * h, 2 * w, dtype=torch.bool))


def rows_and_columns(batch) -> tuple:
    """The scene's rows and columns (B,h,w) that a batch shows, by its first view."""
    place = (batch.views[:, 0, :2] / 0.002).round().long()
    return place[:, 0], place[:, 1]


@pytest.fixture
def config(small_config):
    small_config["data"]["spacenet7"] = {"margin": 3}
    return small_config


def test_same_seed_and_step_give_the_same_batch(config):
    scenes = [ramp_scene(TRAIN, 5, 2), ramp_scene(TEST, 9)]
    first, second = SceneBatches(scenes, config), SceneBatches(scenes, config)
    for step in (0, 7):
        a, b = first[step], second[step]
        assert a.shifts is None
        assert all(torch.equal(getattr(a, f), getattr(b, f)) for f in ("views", "valid", "truth", "truth_valid"))
    assert not torch.equal(first[1].truth, first[2].truth)


def test_batches_have_one_to_sixteen_views(config):
    batches, seen = SceneBatches([ramp_scene(TRAIN, 16), ramp_scene(TEST, 3)], config), set()
    for step in range(80):
        batch = batches[step]
        b, k = batch.views.shape[:2]
        seen.add(k)
        assert b == (2 if k <= 8 else 1)
        assert batch.views.shape == (b, k, 3, 12, 12) and batch.valid.shape == (b, k, 12, 12)
        assert batch.truth.shape == (b, 3, 24, 24) and batch.truth_valid.shape == (b, 24, 24)
        assert batch.views.dtype == batch.truth.dtype == torch.float32
        assert batch.valid.dtype == batch.truth_valid.dtype == torch.bool
        revisits = (batch.views[:, :, 2, 0, 0] / 0.01).round()
        assert (revisits[:, 0] == 0).all() and all(len(set(r.tolist())) == k for r in revisits)
    assert {1, 2, 3, 4, 8, 16} <= seen


def test_no_more_views_than_the_scenes_have(config):
    batches = SceneBatches([ramp_scene(TRAIN, 2), ramp_scene(TEST, 3)], config)
    assert {batches[step].views.shape[1] for step in range(40)} == {1, 2, 3}


def test_views_and_truth_are_turned_together(config):
    batches = SceneBatches([ramp_scene(TRAIN, 4)], config)
    turns = set()
    for step in range(40):
        batch = batches[step]
        low = torch.nn.functional.avg_pool2d(batch.truth, 2)
        assert torch.allclose(low[:, :2] * 255 * 0.002, batch.views[:, 0, :2], atol=1e-5)
        rows, columns = rows_and_columns(batch)
        turns |= {tuple(int(v) for axis in (r, c) for v in (axis[1, 0] - axis[0, 0], axis[0, 1] - axis[0, 0]))
                  for r, c in zip(rows, columns)}
    assert len(turns) == 8


@pytest.mark.parametrize("part,rows,columns", [("train", (0, 93), (0, 128)), ("validation", (99, 120), (0, 61)),
                                               ("test", (99, 120), (67, 128))])
def test_patches_stay_in_their_part(config, part, rows, columns):
    batches, seen = SceneBatches([ramp_scene(TRAIN, 2)], config, part), []
    for step in range(60):
        seen.append(torch.stack(rows_and_columns(batches[step])).flatten(1))
    low, high = torch.cat(seen, 1).min(1).values.tolist(), torch.cat(seen, 1).max(1).values.tolist()
    assert rows[0] <= low[0] < rows[0] + 8 and rows[1] - 8 <= high[0] < rows[1]
    assert columns[0] <= low[1] < columns[0] + 8 and columns[1] - 8 <= high[1] < columns[1]


def test_the_split_over_scenes(config):
    config["data"]["spacenet7"]["split"] = "scenes"
    scenes = [ramp_scene(TRAIN, 2), ramp_scene(TEST, 3)]
    assert [fixed_split(s.name) for s in scenes] == ["train", "test"]
    assert [c[0].name for c in SceneBatches(scenes, config, "train").choices] == [TRAIN]
    assert stack(scenes[1], config, "test").views.shape == (1, 3, 3, H, W)
    with pytest.raises(DataError, match="no scene with a usable revisit in the validation part"):
        SceneBatches(scenes, config, "validation")


def test_clouds_and_missing_data_are_invalid_and_the_clearest_come_first(config):
    scene = ramp_scene(TRAIN, 4)
    scene.classes[0, :, :40] = 3
    scene.classes[2] = 9
    scene.counts[3, :, :30] = NO_DATA
    assert scene.order("supertile") == [1, 3, 0] and scene.order("paper") == [0, 1, 3]
    whole = stack(scene, config, "train")
    assert (whole.views[0, :, 2, 50, 50] / 0.01).round().tolist() == [1, 3, 0]
    assert [int(v.sum()) for v in whole.valid[0]] == [93 * 128, 63 * 128, 93 * 88]
    assert (whole.views[0, 1, :, :30] == 0).all()
    assert stack(scene, config, "validation", count=2).views.shape == (1, 2, 3, 21, 61)
    batches = SceneBatches([scene], config)
    for step in range(20):
        clear = batches[step].valid[:, 1:].flatten(2).sum(2)
        assert (clear.diff(dim=1) <= 0).all()


def test_masked_truth_is_avoided_and_marked(config):
    scene = ramp_scene(TRAIN, 2)
    scene.mosaics_valid[0, :100] = False
    batches = SceneBatches([scene], config)
    share = torch.stack([batches[step].truth_valid.float().mean() for step in range(20)])
    assert share.mean() > 0.97
    scene.mosaics_valid[:] = False
    assert not SceneBatches([scene], config)[0].truth_valid.any()


def test_the_network_learns_from_them(config):
    scenes = [ramp_scene(TRAIN, 5)]
    run = Run(config)
    assert all(torch.isfinite(torch.tensor(run.learn(SceneBatches(scenes, config)[step]))) for step in range(3))


def test_the_shipped_configuration_is_understood(config):
    path = Path(__file__).parents[1] / "configs" / "spacenet7-highresnet.yaml"
    shipped = config | yaml.safe_load(path.read_text())
    assert settings_of(shipped)["margin"] == 24
    batch = SceneBatches([ramp_scene(TRAIN, 5, h=512, w=512)], shipped, "validation")[0]
    assert batch.truth.shape[-2:] == (64, 64)
    with pytest.raises(DataError, match="unknown clouds"):
        settings_of({"data": {"spacenet7": {"clouds": 1}}})


def test_prepared_scenes_come_back_as_written(tmp_path):
    scene = ramp_scene(TRAIN, 3, 2)
    table = {"scene": TRAIN, "months": ["2019-12", "2020-01"], "revisits": [{"date": d.isoformat()} for d in scene.dates]}
    save_scene(tmp_path / f"{TRAIN}.npz", scene, table)
    again = load_scenes(tmp_path)[0]
    assert torch.equal(again.counts, scene.counts) and (again.dates, again.months) == (scene.dates, scene.months)
    with pytest.raises(DataError, match="no test scene among the 1 prepared ones; run python -m"):
        load_scenes(tmp_path, "test")
    (tmp_path / f"{TRAIN}.npz").write_bytes(b"cut off")
    with pytest.raises(DataError, match="not a prepared scene.*delete it and run prepare again"):
        load_scene(tmp_path / f"{TRAIN}.npz")


def test_the_shipped_configuration_runs_on_prepared_scenes(tmp_path):
    shipped = yaml.safe_load((Path(__file__).parents[1] / "configs" / "spacenet7-highresnet.yaml").read_text())
    assert settings_of(shipped)["split"] == "within"
    shipped["network"]["hidden"] = 8
    shipped["data"] |= {"batch": 2, "patch": 16, "spacenet7": {"folder": "prepared", "margin": 3}}
    scene = ramp_scene(TRAIN, 4)
    (tmp_path / "prepared").mkdir()
    save_scene(tmp_path / "prepared" / f"{TRAIN}.npz", scene,
               {"scene": TRAIN, "months": ["2019-12"], "revisits": [{"date": d.isoformat()} for d in scene.dates]})
    batches, check = learning_material(tmp_path, shipped)
    run = Run(shipped)
    losses = [run.learn(batches[0]) for _ in range(8)]
    assert check is None and losses[-1] < losses[0]
    assert run.objective.colour is not None and "colour" not in "".join(run.network.state_dict())
