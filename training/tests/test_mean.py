"""Means of weights."""

import json

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from supertile_training.mean import mean_of
from supertile_training.weights import sha256


def test_the_mean_lies_between_a_run_and_what_it_started_from(tmp_path):
    before, run, out = tmp_path / "before.safetensors", tmp_path / "run", tmp_path / "out"
    run.mkdir()
    save_file({"a": torch.tensor([1.0, 2.0])}, str(before))
    save_file({"a": torch.tensor([3.0, 2.0])}, str(run / "net.safetensors"))
    (run / "config.yaml").write_text(yaml.safe_dump({"name": "net"}))
    (run / "progress.json").write_text(json.dumps({"steps": 7, "startedFrom": sha256(before)}))
    mean_of(run, before, out)
    assert load_file(str(out / "net.safetensors"))["a"].tolist() == [2.0, 2.0]
    assert "mean" in json.loads((out / "progress.json").read_text())["weights"]
    save_file({"a": torch.tensor([0.0, 0.0])}, str(before))
    with pytest.raises(ValueError, match="did not start from"):
        mean_of(run, before, out)


def test_runs_between_are_followed(tmp_path):
    def run(name, value, started_from):
        folder = tmp_path / name
        folder.mkdir()
        save_file({"a": torch.tensor([value])}, str(folder / "net.safetensors"))
        (folder / "config.yaml").write_text(yaml.safe_dump({"name": "net"}))
        (folder / "progress.json").write_text(json.dumps({"startedFrom": sha256(started_from)}))
        return folder
    before = tmp_path / "before.safetensors"
    save_file({"a": torch.tensor([1.0])}, str(before))
    first = run("first", 7.0, before)
    second = run("second", 3.0, first / "net.safetensors")
    mean_of(second, before, tmp_path / "out", share=0.75, through=[first])
    assert load_file(str(tmp_path / "out" / "net.safetensors"))["a"].tolist() == [2.5]
    with pytest.raises(ValueError, match="did not start from"):
        mean_of(second, before, tmp_path / "out")
    with pytest.raises(ValueError, match="did not start from"):
        mean_of(second, before, tmp_path / "out", through=[second])
